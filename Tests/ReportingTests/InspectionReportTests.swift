import Foundation
import Inspection
import Reporting
import Testing

@Suite struct InspectionReportTests {
  static func inspection() throws -> TraceInspection {
    try JSONDecoder().decode(TraceInspection.self, from: Golden.data("inspection.json"))
  }

  @Test("The table and its heat map are the known ones, with and without colour", arguments: [false, true])
  func table(inColour: Bool) throws {
    let text = try InspectionReport(Self.inspection()).text(style: ReportStyle(width: 120, inColour: inColour))
    #expect(text.contains("\u{1B}[48;5;") == inColour)
    try Golden.expect(text, isFile: inColour ? "inspection.colour.txt" : "inspection.txt")
  }

  @Test("Other formats are the known ones")
  func formats() throws {
    let report = InspectionReport(try Self.inspection())
    try Golden.expect(report.text(as: .json), isFile: "inspection.json")
    try Golden.expect(report.text(as: .csv), isFile: "inspection.csv")
    try Golden.expect(report.text(as: .summary), isFile: "inspection.summary.txt")
    try Golden.expect(report.text(as: .html), isFile: "inspection.html")
  }

  @Test func `rules of replacement are rows, the best in the first room first, and rooms are columns`() throws {
    func room(_ experts: Int, _ share: Double, lru: Double, lfu: Double) -> String {
      func rule(_ name: String, _ rate: Double) -> String {
        #"{"rule": "\#(name)", "hits": 1, "hitRate": \#(rate), "loads": 1}"#
      }
      let rules = [rule("lru", lru), rule("lfu", lfu)].joined(separator: ", ")
      return #"{"share": \#(share), "experts": \#(experts), "accesses": 2, "rules": [\#(rules)], "#
        + #""minimum": \#(rule("minimum", 0.75)), "bound": \#(rule("streaming minimum", 0.875))}"#
    }
    let rooms = "[\(room(4, 0.25, lru: 0.5, lfu: 0.25)), \(room(8, 0.5, lru: 0.125, lfu: 0.625))]"
    var inspection = try Self.inspection()
    inspection.caches = try JSONDecoder().decode([CacheSurvey].self, from: Data(rooms.utf8))
    let lines = try InspectionReport(inspection).text(as: .table).split(separator: "\n").map {
      $0.split(separator: " ").joined(separator: " ")
    }
    let first = try #require(lines.firstIndex { $0.hasPrefix("experts at hand") })
    #expect(
      lines[first..<first + 5] == [
        "experts at hand, with room for 4 experts, 25.0 % 8 experts, 50.0 %", "lru 50.0 % 12.5 %", "lfu 25.0 % 62.5 %",
        "minimum 75.0 % 75.0 %", "streaming minimum 87.5 % 87.5 %",
      ])
  }
}
