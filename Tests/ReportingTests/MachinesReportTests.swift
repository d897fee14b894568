import Foundation
import Replay
import Reporting
import Testing

/// Results of several machines side by side are those of each alone, with the machine's name.
@Suite struct MachinesReportTests {
  /// The known result, and one of the same policies on another machine, where everything takes twice as long.
  static func results() throws -> [ReplayResult] {
    let first = try ReplayReportTests.result.get()
    var second = first
    second.cluster.name = "h100-nvl72"
    second.cluster.ranks = 144
    second.cluster.ranksPerNode = 72
    for index in second.policies.indices {
      second.policies[index].time.total *= 2
      second.policies[index].time.comm *= 2
      second.policies[index].prediction?.errorMean *= 2
    }
    second.notes.append("This machine is slow.")
    return [first, second]
  }

  private static func lines(_ text: String) -> [String] { text.split(separator: "\n").map(String.init) }

  /// The rows of the first table, titles first, as their cells.
  private static func table(_ text: String) -> [[String]] {
    text.split(separator: "\n", omittingEmptySubsequences: false).drop { !$0.hasPrefix("|") }
      .prefix { $0.hasPrefix("|") }.filter { !$0.contains("--") }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
  }

  @Test func `a table has the rows of each machine with its name`() throws {
    let results = try Self.results().map(\.withoutLayers)
    let alone = try results.map { Self.table(try ReplayReport($0).text()) }
    #expect(alone[0] != alone[1])
    var expected = [["Cluster", "Ranks"] + alone[0][0]]
    for (rows, result) in zip(alone, results) {
      expected += rows.dropFirst().map { [result.cluster.name, "\(result.cluster.ranks)"] + $0 }
    }
    #expect(try Self.table(ReplayReport(results).text()) == expected)
  }

  @Test func `a table too wide for the terminal names the machine in every part`() throws {
    let results = try Self.results().map(\.withoutLayers)
    let text = Self.lines(try ReplayReport(results).text(style: ReportStyle(width: 90)))
    #expect(text.allSatisfy { $0.count <= 90 })
    let titles = text.indices.filter { $0 + 1 < text.count && text[$0 + 1].hasPrefix("|:-") }
    #expect(titles.count > 3)
    for title in titles {
      #expect(text[title].contains(#/^\| Cluster +\| Ranks \| Policy +\|/#))
      let rows = text[(title + 2)...].prefix { $0.hasPrefix("|") && !$0.contains("Cluster") }
      let machines = rows.compactMap { $0.firstMatch(of: #/^\| (h\S+) +\| +(\d+) \|/#) }.map { "\($0.1) \($0.2)" }
      let policies = results[0].policies.count
      #expect(machines.filter { $0 == "h100-ib 64" }.count == policies)
      #expect(machines.filter { $0 == "h100-nvl72 144" }.count == policies)
    }
  }

  @Test func `what not all machines have said is said with its name`() throws {
    let text = try ReplayReport(Self.results(), isExplained: true).text().replacing("\n", with: " ")
    #expect(text.contains("Note (h100-nvl72, 144 ranks): This machine is slow."))
    for note in try Self.results()[0].notes {
      #expect(text.contains("Note: \(note)") && !text.contains("Note (h100-ib, 64 ranks): \(note)"))
    }
    for machine in ["h100-ib, 64 ranks", "h100-nvl72, 144 ranks"] {
      #expect(text.contains("Distribution error of predictions, mean (worst layer), \(machine): "))
      let verdict = "Recommend: the gain is sure and pays for itself in time. layer-budget, the best of 2, is in total"
      #expect(text.contains(" \(machine): \(verdict)"))
    }
  }

  @Test(arguments: [false, true]) func `the CSV names the machine of each row`(byLayer: Bool) throws {
    let results = try Self.results()
    func csv(_ results: [ReplayResult]) throws -> [String] {
      Self.lines(try ReplayReport(results, layerRecords: byLayer).text(as: .csv))
    }
    var expected = ["cluster,ranks,\(try csv([results[0]])[0])"]
    for result in results {
      expected += try csv([result]).dropFirst().map { "\(result.cluster.name),\(result.cluster.ranks),\($0)" }
    }
    #expect(try csv(results) == expected)
  }

  @Test func `the JSON is a list of what one machine has alone`() throws {
    let results = try Self.results()
    let list = try JSONSerialization.jsonObject(with: Data(ReplayReport(results).text(as: .json).utf8))
    let alone = try results.map {
      try JSONSerialization.jsonObject(with: Data(ReplayReport($0).text(as: .json).utf8))
    }
    #expect(list as? NSArray == alone as NSArray)
  }

  @Test func `the page has a section for each machine below the table`() throws {
    let results = try Self.results()
    let parts = try ReplayReport(results).text(as: .html).components(separatedBy: "<h2 class=\"machine\">")
    #expect(parts.count == 3)
    let table = parts[0].components(separatedBy: "aria-label=\"All results\" tabindex").last ?? ""
    #expect(table.components(separatedBy: "<tr>").count == 2 * results[0].policies.count + 2)
    for (part, result) in zip(parts.dropFirst(), results) {
      let alone = try ReplayReport(result).text(as: .html)
      #expect(part.hasPrefix("\(result.cluster.name), \(result.cluster.ranks) ranks</h2>"))
      #expect(!alone.contains("class=\"machine\""))
      func figures(_ page: String) -> [Substring] {
        page.split(separator: "\n").filter { $0.contains("<tr data-path=") }
      }
      #expect(figures(part) == figures(alone) && figures(part).count > 40)
    }
  }

  @Test(arguments: [ReportFormat.table, .json, .csv, .html].map(\.name))
  func `one machine in a list is reported as one`(format: String) throws {
    let result = try ReplayReportTests.result.get()
    let format = try ReportFormat.registry.named(format)
    #expect(try ReplayReport([result]).text(as: format) == ReplayReport(result).text(as: format))
  }
}
