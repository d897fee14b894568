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
}
