import ExpertCache
import Foundation
import LoadBalancing
import Replay
import Reporting
import TestTraces
import Testing

@Suite struct ReplayReportTests {
  /// A result in which every figure applies to some policy.
  static let result = Result { try JSONDecoder().decode(ReplayResult.self, from: Golden.data("replay.json")) }

  @Test("The table is the known one at any width, and no line is wider", arguments: [80, 120, 160])
  func table(width: Int) throws {
    let result = try Self.result.get().withoutLayers
    let text = try ReplayReport(result).text(as: .table, style: ReportStyle(width: width))
    #expect(text.split(separator: "\n").allSatisfy { $0.count <= width })
    try Golden.expect(text, isFile: "replay.\(width).txt")
  }

  @Test(
    "On a terminal the headline stands out, bars show totals, and gains and losses have colours", arguments: [80, 160])
  func colours(width: Int) throws {
    let report = ReplayReport(try Self.result.get().withoutLayers)
    let text = try report.text(as: .table, style: ReportStyle(width: width, inColour: true))
    let bare = text.replacing(#/\u{1B}\[[0-9;]*m/#, with: "")
    #expect(bare.split(separator: "\n").allSatisfy { $0.count <= width })
    try Golden.expect(text, isFile: "replay.\(width).colour.txt")
  }

  @Test("What a narrow window leaves out is named, and --wide has it")
  func wide() throws {
    let result = try Self.result.get().withoutLayers
    let narrow = try ReplayReport(result).text(as: .table, style: ReportStyle(width: 80))
    let hint = try #require(narrow.firstMatch(of: #/--wide also has: ([^.]*)\./#)?.1)
    let wide = try ReplayReport(result, isWide: true).text(as: .table, style: ReportStyle(width: 80))
    for title in hint.replacing("\n", with: " ").split(separator: ", ") {
      #expect(wide.contains("| \(title)") || wide.contains(" \(title) |"))
    }
    #expect(!wide.contains("--wide also has"))
  }

  @Test("A column is left out only where it does not fit")
  func exactWidths() throws {
    let report = ReplayReport(try Self.result.get().withoutLayers)
    func table(_ width: Int) throws -> Substring {
      let lines = try report.text(as: .table, style: ReportStyle(width: width)).split(separator: "\n")
      return try #require(lines.first { $0.hasPrefix("| Policy") })
    }
    var widened = 0
    for width in 61...200 {
      let (narrow, wide) = (try table(width - 1), try table(width))
      guard narrow != wide else { continue }
      #expect(wide.count == width, "\(wide)")
      widened += 1
    }
    #expect(widened > 4)
  }

  @Test("The table begins with the verdict of the page, where there is a policy to judge")
  func verdict() throws {
    var result = try Self.result.get().withoutLayers
    let report = ReplayReport(result)
    let headline = try #require(try report.text().split(separator: "\n").first { $0.hasPrefix("Recommend: ") })
    let words = headline.split(separator: ": ", maxSplits: 1)
    let page = try report.text(as: .html)
    #expect(page.contains("<strong>\(words[0]):</strong> \(words[1])"), "\(headline)")
    result.policies.removeLast(result.policies.count - 1)
    #expect(try !ReplayReport(result).text().contains("Recommend: "))
  }

  @Test("A slowdown's interval is of the slowdown")
  func slowdown() throws {
    var result = try Self.result.get().withoutLayers
    for policy in result.policies.indices.dropFirst() {
      result.policies[policy].steady?.total = -0.05
      result.policies[policy].steady?.totalLow = -0.069
      result.policies[policy].steady?.totalHigh = -0.031
    }
    let text = try ReplayReport(result).text().replacing("\n", with: " ")
    #expect(text.contains("5.0 % slower (3.1…6.9)"), "\(text)")
  }

  @Test("A missing interval is told of what it is missing", arguments: [(nil, nil), (nil, 0.01), (0.01, nil)])
  func missingInterval(comm: Double?, total: Double?) throws {
    var result = try Self.result.get().withoutLayers
    result.policies.removeLast(result.policies.count - 2)
    result.policies[1].steady?.noInterval = "steps tell too little"
    result.policies[1].steady?.commLow = comm
    result.policies[1].steady?.totalLow = total
    let part = total != nil ? " of communication" : comm != nil ? " of the total" : ""
    let text = try ReplayReport(result).text().replacing("\n", with: " ")
    #expect(text.contains("No interval\(part) for \(result.policies[1].name): steps tell too little."), "\(text)")
  }

  @Test("Every column is explained when asked, and only then")
  func explanation() throws {
    let result = try Self.result.get().withoutLayers
    #expect(try !ReplayReport(result).text().contains("Gap: "))
    let explained = try ReplayReport(result, isExplained: true).text()
    for title in ["Total", "Faster", "Comm", "Balance", "Gap", "Slots/rank"] {
      #expect(explained.contains("\(title): "))
    }
  }

  @Test("Layers are a table of their own, which a summary leaves out")
  func layers() throws {
    let result = try Self.result.get()
    try Golden.expect(ReplayReport(result).text(), isFile: "replay-by-layer.txt")
    #expect(try ReplayReport(result).text(as: .summary) == ReplayReport(result.withoutLayers).text())
  }

  @Test(
    "A name that a spreadsheet would take for a formula is text in the CSV",
    arguments: ["=1+1", "+1+1", "-1+x", "@SUM"])
  func formulas(name: String) throws {
    var result = try Self.result.get().withoutLayers
    result.policies[1].name = name
    let rows = try ReplayReport(result).text(as: .csv).split(separator: "\n")
    #expect(rows[2].hasPrefix("'\(name),"), "\(rows[2].prefix(40))")
    // Numbers below 0 stay numbers.
    #expect(!rows.joined().contains(/'-[0-9.]+,/))
  }

  @Test("A cache over having all experts at hand is told what it costs, and not whether to switch it on")
  func caches() throws {
    let trace = SmallTrace()
    let setting = try Fixture.setting(
      trace, ranks: 1, ranksPerNode: 1, extra: "storage: {host: {bandwidth: 50 GB/s}}")
    let policies = try [6, 12].map { room in
      try BalancingPolicy(
        name: "room \(room)", planner: StaticPlanner(), schedule: RebalanceSchedule(.never),
        cache: CacheRecipe(room: .experts(room), replacement: Replacements.registry.named("lru")))
    }
    let whole = try ReplayReport(Fixture.replay(trace, policies, setting: setting))
    for text in try [whole.text(), whole.text(as: .html)] {
      #expect(text.contains("What a cache costs:"))
      #expect(text.contains("static has all its experts at hand."))
      #expect(!text.contains("Do not:") && !text.contains("too short") && !text.contains("once its plans serve"))
    }
    let job = ReplayJob(
      setting: setting, baseline: policies[0], policies: [policies[1]], seed: 0, threads: 1,
      open: { trace.source() })
    let among = try ReplayReport(job.run(on: trace.source()).result).text()
    #expect(!among.contains("What a cache costs") && among.contains("room 12 is in total"))
  }

  @Test("Where ranks come and go, interruptions are told apart, and balancing is not judged by them")
  func interruptions() throws {
    var result = try Self.result.get()
    for index in result.policies.indices { result.policies[index].time.interruption = 6.5e6 + Double(index) * 1e4 }
    for format in [ReportFormat.table, .html] {
      let text = try ReplayReport(result).text(as: format).split(separator: /\s+/).joined(separator: " ")
      #expect(text.contains("When ranks come and go:") && text.contains("6.50 s of the time of"))
      #expect(!text.contains("Do not:") && !text.contains("Switch it on:"))
    }
    #expect(try !ReplayReport(Self.result.get()).text().contains("When ranks come and go"))
  }

  @Test("The CSV has a column for every figure, in the order of their names")
  func csv() throws { try Golden.expect(ReplayReport(Self.result.get()).text(as: .csv), isFile: "replay.csv") }

  @Test("JSON that was read is printed as it was")
  func json() throws { try Golden.expect(ReplayReport(Self.result.get()).text(as: .json), isFile: "replay.json") }

  @Test("The page lists every figure")
  func page() throws {
    let page = try ReplayReport(Self.result.get()).text(as: .html)
    let start = try #require(page.range(of: "<h2>Figures</h2>\n"))
    let end = try #require(page.range(of: "</table>", range: start.upperBound..<page.endIndex))
    try Golden.expect(String(page[start.upperBound..<end.upperBound]) + "\n", isFile: "replay-figures.html")
    var all = try Self.result.get()
    all.policies += try [
      FigureTests.balancedAfterTheGate(), FigureTests.priced(), FigureTests.movedFromTiers(), FigureTests.cached(),
      FigureTests.changed(), FigureTests.meshed(), FigureTests.rewritten(),
    ]
    let whole = try ReplayReport(all).text(as: .html)
    for figure in Figure.all { #expect(whole.contains(">\(figure.name)</th>"), "\(figure.path)") }
  }
}
