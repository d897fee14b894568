import Foundation
import Replay
import Reporting
import Testing

/// Several results side by side have the numbers that each has alone.
@Suite struct ComparisonPageTests {
  private static func results() throws -> [ReplayResult] {
    let first = try ReplayPageTests.result.get()
    var second = try ReplayPageTests.detailed(policies: ["other", "third"])
    second.cluster.name = "elsewhere"
    second.policies[2].improvement.totalLow = -0.2
    second.policies[2].improvement.totalHigh = 0.3
    return [first, second]
  }

  private static func chart(_ id: String, in results: [ReplayResult]) throws -> Substring {
    let page = try ReplayReport(results).text(as: .html)
    let start = try #require(page.range(of: "id=\"all-\(id)\""))
    let end = try #require(page.range(of: "</figure>", range: start.upperBound..<page.endIndex))
    return page[start.lowerBound..<end.lowerBound]
  }

  private static func numbers(_ attribute: String, in text: Substring) -> [Double] {
    ReplayPageTests.values(attribute, in: text).flatMap(ReplayPageTests.numbers)
  }

  @Test func `gains have the improvements and intervals of every policy on every result`() throws {
    let results = try Self.results()
    let chart = try Self.chart("gains", in: results)
    let improvements = results.flatMap { $0.policies.dropFirst().map(\.improvement) }
    #expect(Self.numbers("data-x", in: chart) == improvements.map(\.total))
    let sure = improvements.filter { $0.totalLow != nil && $0.totalHigh != nil }
    #expect(!sure.isEmpty && Self.numbers("data-low", in: chart) == sure.compactMap(\.totalLow))
    #expect(Self.numbers("data-high", in: chart) == sure.compactMap(\.totalHigh))
  }

  @Test func `the matrix has a cell for each policy that was replayed, and none for the others`() throws {
    let results = try Self.results()
    let chart = try Self.chart("matrix", in: results)
    let gains = results.flatMap { $0.policies.dropFirst().map(\.improvement.total) }
    #expect(Self.numbers("data-gain", in: chart) == gains)
    #expect(chart.components(separatedBy: "<td class=\"none\"").count == 3)
    let columns = ReplayPageTests.values("data-policy", in: chart)
    #expect(Array(columns.prefix(3)) == ["1", "2", "3"])
    #expect(chart.contains("−20.0…+30.0 %"))
  }

  @Test func `bars are times of a mean step, on one scale`() throws {
    let results = try Self.results()
    let chart = try Self.chart("totals", in: results)
    let totals = results.flatMap { result in result.policies.map { $0.time.total / Double(result.trace.steps) } }
    let found = Self.numbers("data-total", in: chart)
    #expect(found.count == totals.count && zip(found, totals).allSatisfy { abs($0 - $1) < 1e-9 * $1 })
    let axes = chart.components(separatedBy: "<svg class=\"plot\"").dropFirst().map { svg in
      svg.components(separatedBy: "class=\"tick\"").dropFirst().map { $0.prefix { $0 != "/" } }
    }
    #expect(axes.count == 2 && axes[0] == axes[1])
  }

  @Test func `results of one machine and trace are told apart by what they differ in`() throws {
    let first = try ReplayPageTests.result.get()
    var other = first
    other.allToAll = "fair-share"
    let page = try ReplayReport([first, other, other]).text(as: .html)
    let headings = page.components(separatedBy: "<h2 class=\"machine\">").dropFirst().map { $0.prefix { $0 != "<" } }
    #expect(Set(headings).count == 3 && headings[1].contains("all-to-all fair-share (1)"), "\(headings)")
    for place in 0..<3 { #expect(page.contains("<a href=\"#result-\(place)\">\(headings[place])</a>")) }
  }

  @Test func `names with markup, control characters and 200 letters do no harm`() throws {
    var results = try Self.results()
    let name = "</script><img src=x onerror=alert(1)>\"'&{{title}}\u{1B}[31m\u{202E}"
    let long = String(repeating: "a-long-name ", count: 17)
    for index in results.indices {
      results[index].trace.name = name + long + "\(index)"
      results[index].cluster.name = name
      results[index].model.name = name
      results[index].policies[1].name = name + long
    }
    let page = try ReplayReport(results).text(as: .html)
    #expect(!page.contains("<img") && !page.contains("alert(1)>") && page.contains("{{title}}"))
    #expect(page.components(separatedBy: "</script>").count == 2)
    #expect(!page.unicodeScalars.contains { $0.value < 32 && $0 != "\n" || $0.value == 0x202E })
    #expect(page.contains(long.dropLast()))
  }
}
