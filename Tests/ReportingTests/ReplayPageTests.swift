import Charts
import Foundation
import LoadBalancing
import Replay
import Reporting
import TestTraces
import Testing

/// The page shows what the JSON says, and nothing that names hold acts on it.
@Suite struct ReplayPageTests {
  static let result = Result { try detailed() }

  static func detailed(
    threads: Int = 2, policies: [String] = ["eplb", "other"], trace: SmallTrace = SmallTrace()
  ) throws -> ReplayResult {
    let job = ReplayJob(
      setting: try Fixture.setting(trace), baseline: .static, policies: try policies.map { try Fixture.policy($0) },
      seed: 0, threads: threads, open: { trace.source() })
    let provenance = ReplayDetails.Provenance(
      command: ["replay", "small.jsonl", "--format", "html"],
      files: [.init(kind: "policy", name: "eplb", text: "name: eplb\nplanner: {kind: eplb}\n")])
    return try job.runOnAll(trace.source(), details: DetailRequest(provenance: provenance)).results[0]
  }

  static func page(_ results: ReplayResult...) throws -> String { try ReplayReport(results).text(as: .html) }

  /// A chart's figure on the page.
  static func chart(_ id: String, in page: String, result: Int = 0) throws -> Substring {
    let start = try #require(page.range(of: "id=\"r\(result)-\(id)\""))
    let end = try #require(page.range(of: "</figure>", range: start.upperBound..<page.endIndex))
    return page[start.lowerBound..<end.lowerBound]
  }

  /// Values of an attribute, in order.
  static func values(_ attribute: String, in text: Substring) -> [String] {
    text.components(separatedBy: " \(attribute)=\"").dropFirst().map { String($0.prefix { $0 != "\"" }) }
  }

  static func numbers(_ text: String) -> [Double] { text.split(separator: " ").compactMap { Double($0) } }

  private static let ids = [
    "totals", "step-times", "step-loads", "rank-steps", "distribution", "break-even", "sorted-loads", "rank-layers",
    "pareto", "roofline", "bound-by", "traffic", "placements", "popularity", "drift",
  ]

  @Test(arguments: ids) func `every chart has a title, a sentence, axes and marks`(id: String) throws {
    let chart = try Self.chart(id, in: Self.page(Self.result.get()))
    #expect(chart.contains(#/<h3>[^<]+</h3><p>[A-Za-z0-9][^<]+\.</p>/#), "\(chart.prefix(300))")
    #expect(chart.contains("role=\"img\"") && chart.contains("class=\"axis\"") && chart.contains("class=\"tick\""))
    #expect(chart.contains(#/class="(line|bar|dot|cloud|cells|plan) ?/#) && !chart.contains("Not shown"))
    #expect(!chart.contains("nan") && !chart.contains("inf"))
  }

  @Test(arguments: [
    ("step-times", \PolicyResult.Details.steps.total), ("step-loads", \.steps.hottest), ("distribution", \.stepTotals),
    ("sorted-loads", \.sortedRankLoads),
  ]) func `lines have the values of the details`(id: String, path: KeyPath<PolicyResult.Details, [Double]> & Sendable)
    throws
  {
    let result = try Self.result.get()
    let found = Self.values("data-values", in: try Self.chart(id, in: Self.page(result))).map(Self.numbers)
    #expect(try found == result.policies.map { try #require($0.details)[keyPath: path] })
  }

  @Test func `bars are the parts of the time, and totals stand beside them`() throws {
    let result = try Self.result.get()
    let chart = try Self.chart("totals", in: Self.page(result))
    let bars = Self.values("data-value", in: chart).compactMap { Double($0) }
    let parts = result.policies.flatMap { policy -> [Double] in
      let time = policy.time
      let waiting = time.waiting ?? 0
      return [time.dispatch, (time.experts ?? 0) - waiting, waiting, time.combine ?? 0, time.migration ?? 0]
        .filter { $0 > 0 }
    }
    #expect(bars.count == parts.count && zip(bars, parts).allSatisfy { abs($0 - $1) < 1e-6 * $1 })
    #expect(Self.values("data-total", in: chart).compactMap { Double($0) } == result.policies.map(\.time.total))
    let lows = Self.values("data-low", in: chart).compactMap { Double($0) }
    let expected = result.policies.dropFirst().compactMap(\.improvement.totalHigh).map {
      result.policies[0].time.total * (1 - $0)
    }
    #expect(lows == expected)
  }

  @Test func `saved time is the difference of the steps' totals, added up`() throws {
    let result = try Self.result.get()
    let found = Self.values("data-values", in: try Self.chart("break-even", in: Self.page(result))).map(Self.numbers)
    #expect(found.count == 2)
    for (line, policy) in zip(found, result.policies.dropFirst()) {
      let saved = result.policies[0].time.total - policy.time.total
      #expect(abs(try #require(line.last) - saved) < 1e-6 * abs(saved))
    }
  }

  @Test func `grids have the numbers of the details, cell by cell`() throws {
    let result = try Self.result.get()
    let page = try Self.page(result)
    func cells(_ id: String) throws -> [[Int]] {
      let chart = try Self.chart(id, in: page)
      return zip(
        Self.values("data-digits", in: chart), chart.components(separatedBy: "<svg class=\"heat\"").dropFirst()
      )
      .map { digits, svg in
        let text = Self.values("data-cells", in: svg[...])[0]
        return CellCode.values(text, digits: Int(digits) ?? 0)
      }
    }
    let shown = try #require(Int(Self.values("data-shown", in: try Self.chart("rank-steps", in: page))[0]))
    for (policy, (steps, (layers, bytes))) in zip(
      result.policies, zip(try cells("rank-steps"), zip(try cells("rank-layers"), try cells("traffic"))))
    {
      let details = try #require(policy.details)
      let tokens = details.layers[shown].tokens
      #expect(steps == (0..<4).flatMap { rank in tokens.map { $0[rank] } })
      #expect(layers.map(Double.init) == (policy.perLayer ?? []).flatMap(\.rankTokens))
      #expect(bytes.map(Double.init) == details.dispatchBytes.flatMap(\.self))
    }
    #expect(try cells("popularity")[0] == result.details?.popularity.flatMap(\.self))
    let rank0 = try #require(result.policies[1].details).layers[shown].placementAfter
    let perRank = rank0.count / 4
    let placed = try cells("placements")[0].map { $0 % (1 << 20) }
    #expect(placed == (0..<perRank).flatMap { slot in (0..<4).map { rank0[$0 * perRank + slot] } })
  }

  @Test func `points of the roofline and of gains are those of the figures`() throws {
    let result = try Self.result.get()
    let page = try Self.page(result)
    let roofline = try Self.chart("roofline", in: page)
    let intensities = Self.values("data-x", in: roofline).map(Self.numbers)
    #expect(try intensities == result.policies.map { try #require($0.roofline).layers.map(\.intensity) })
    #expect(
      Self.values("data-ridge", in: roofline).compactMap { Double($0) } == [result.policies[0].roofline?.ridgePoint])
    let gains = Self.values("data-y", in: try Self.chart("pareto", in: page)).compactMap { Double($0) }
    #expect(gains == result.policies.map(\.improvement.total) + result.policies.map(\.improvement.total))
  }

  @Test func `a page of a saved result is the page of the replay, on any number of threads`() throws {
    let page = try Self.page(Self.result.get())
    let saved = try ReplayReport(Self.result.get()).text(as: .json)
    #expect(try Self.page(ReplayResult.saved(in: saved, name: "a.json")[0]) == page)
    #expect(try Self.page(Self.detailed(threads: 1)) == page && Self.page(Self.detailed(threads: 5)) == page)
  }

  @Test func `a chart without its data says so, where it would be`() throws {
    let page = try Self.page(Self.result.get().withoutDetails.withoutLayers)
    for id in ["step-times", "rank-steps", "rank-layers", "traffic", "popularity"] {
      #expect(try Self.chart(id, in: page).contains("Not shown. The result "))
    }
    #expect(try !Self.chart("totals", in: page).contains("Not shown"))
  }

  @Test func `names with markup, control characters and 200 letters do no harm`() throws {
    var result = try Self.result.get()
    let name = "</script><img src=x onerror=alert(1)>\"'&{{title}}\u{1B}[31m\u{202E}"
    let long = String(repeating: "a-long-name ", count: 17)
    result.policies[1].name = name
    result.policies[2].name = long
    result.trace.name = name + long
    result.cluster.name = name
    result.model.name = name
    result.notes.append(name)
    result.details?.provenance?.command.append(name)
    result.details?.provenance?.files.append(.init(kind: "policy", name: name, text: name))
    let page = try Self.page(result)
    #expect(!page.contains("<img") && !page.contains("alert(1)>") && page.contains("{{title}}"))
    #expect(page.components(separatedBy: "</script>").count == 2)
    #expect(!page.unicodeScalars.contains { $0.value < 32 && $0 != "\n" || $0.value == 0x202E })
    #expect(page.contains(long.dropLast()))
  }

  @Test func `several results share a legend, and each has its own charts`() throws {
    let first = try Self.result.get()
    var second = try Self.detailed(policies: ["other", "third"])
    second.cluster.name = "elsewhere"
    let page = try Self.page(first, second)
    let legend = page.prefix { $0 != "\u{0}" }.components(separatedBy: "</fieldset>")[0]
    #expect(Self.values("data-toggles", in: legend[...]) == ["0", "1", "2", "3"])
    let lines = try Self.chart("step-times", in: page, result: 1)
    #expect(Self.values("data-name", in: lines) == ["static", "other", "third"])
    #expect(lines.contains("class=\"series s3\" data-policy=\"3\" data-name=\"third\""))
    #expect(page.components(separatedBy: "<section class=\"result\"").count == 3)
  }

  @Test func `nothing is fetched, and the page stays small`() throws {
    let page = try Self.page(Self.result.get())
    #expect(!page.contains(#/(src|href)="[^#]|@import|url\(/#))
    #expect(
      page.components(separatedBy: "://").count - 1 == page.components(separatedBy: "http://www.w3.org/2000/svg").count
        - 1)
    #expect(page.utf8.count < 400_000)
  }
}
