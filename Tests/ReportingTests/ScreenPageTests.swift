import Diagnostics
import Foundation
import Replay
import Reporting
import Studies
import Testing

/// The page of a screening shows what its JSON says.
@Suite struct ScreenPageTests {
  static let screening = Result {
    try Screening.saved(in: String(decoding: Golden.data("screening.json"), as: UTF8.self), name: "screening.json")[0]
  }

  private static func page(_ screenings: Screening...) throws -> String {
    try ScreensReport(screenings).text(as: .html)
  }

  private static func chart(_ id: String, in page: String) throws -> Substring {
    let start = try #require(page.range(of: "id=\"s0-\(id)\""))
    let end = try #require(page.range(of: "</figure>", range: start.upperBound..<page.endIndex))
    return page[start.lowerBound..<end.lowerBound]
  }

  private static func numbers(_ attribute: String, in text: Substring) -> [Double] {
    ReplayPageTests.values(attribute, in: text).flatMap(ReplayPageTests.numbers)
  }

  @Test func `the verdict and the lines of the table stand on the page`() throws {
    let screening = try Self.screening.get()
    let page = try Self.page(screening)
    #expect(page.contains("<p class=\"verdict recommend\"><strong>Recommend:</strong> the gain is sure and pays for"))
    let lines = try ScreenReport(screening).text(as: .summary).split(separator: "\n").dropFirst(2).prefix(9)
    for line in lines {
      let (name, text) = (line.prefix { $0 != " " }, line.drop { $0 != " " }.trimmingCharacters(in: .whitespaces))
      let escaped = text.replacing("'", with: "&#39;")
      #expect(page.contains("<dt>\(name)</dt><dd>\(escaped)</dd>"), "\(line)")
    }
    for strategy in screening.strategies { #expect(page.contains("<th scope=\"row\">\(strategy.policy)</th>")) }
    for layer in try #require(screening.ascend).layers { #expect(page.contains(layer.reason.rawValue)) }
  }

  @Test func `the gain stands beside its intervals, and beside what was promised`() throws {
    let choice = try #require(try Self.screening.get().choice)
    let steady = try #require(choice.steady)
    let chart = try Self.chart("verdict", in: Self.page(Self.screening.get()))
    let total = choice.improvement.total
    #expect(Self.numbers("data-x", in: chart) == [choice.promised, steady.total, total, total])
    let lows = [steady.totalLow, choice.improvement.totalLow, choice.improvement.totalPriceLow]
    let highs = [steady.totalHigh, choice.improvement.totalHigh, choice.improvement.totalPriceHigh]
    #expect(Self.numbers("data-low", in: chart) == lows.compactMap(\.self))
    #expect(Self.numbers("data-high", in: chart) == highs.compactMap(\.self))
  }

  @Test func `strategies, the grid and memory have the gains of the JSON`() throws {
    let screening = try Self.screening.get()
    let page = try Self.page(screening)
    let ranked = screening.strategies.filter { $0.gain != nil }
    let dots = ranked.prefix(16).flatMap { [$0.gain, $0.heldBack].compactMap(\.self) }
    #expect(try Self.numbers("data-x", in: Self.chart("candidates", in: page)) == dots)
    let grid = try Self.numbers("data-gain", in: Self.chart("grid", in: page))
    #expect(grid.sorted() == ranked.compactMap(\.gain).sorted() && grid.count > 5)
    let memory = try Self.chart("memory", in: page)
    #expect(Self.numbers("data-x", in: memory) == ranked.reversed().map(\.replicaBytesPerRank))
    #expect(Self.numbers("data-y", in: memory) == ranked.reversed().compactMap(\.gain))
  }

  @Test func `parts of the gain, and other batches and skews, are those of the JSON`() throws {
    let screening = try Self.screening.get()
    let page = try Self.page(screening)
    let decision = try #require(screening.choice?.decides)
    let bars = try Self.numbers("data-value", in: Self.chart("decision", in: page))
    let parts = [decision.communication, decision.memory, decision.arithmetic, decision.moves]
    #expect(bars.count == 4 && zip(bars, parts).allSatisfy { abs($0 - abs($1)) < 1e-12 })
    let trials = try Self.chart("trials", in: page)
    let batches = screening.trials.filter { $0.cause == .batch }, skews = screening.trials.filter { $0.cause == .skew }
    let now = try #require(screening.choice?.steady).total
    #expect(Self.numbers("data-y", in: trials) == batches.map(\.gain) + [now] + skews.map(\.gain))
  }

  @Test func `what turns the verdict is drawn, or the chart says that nothing does`() throws {
    var screening = try Self.screening.get()
    #expect(try Self.chart("flips", in: Self.page(screening)).contains("Not shown. No speed of links"))
    let flips = #"[{"cause": "links", "factor": 4, "value": 180, "gain": -0.01}]"#
    screening.flips = try JSONDecoder().decode([Screening.Flip].self, from: Data(flips.utf8))
    let chart = try Self.chart("flips", in: Self.page(screening))
    #expect(Self.numbers("data-value", in: chart) == [3] && chart.contains("Nearest: links × 4.00 (180 GB/s)"))
  }

  @Test func `a screening that found nothing has a page that says so`() throws {
    var screening = try Self.screening.get()
    (screening.verdict, screening.finding) = (.notEnoughEvidence, .nothingActed)
    (screening.choice, screening.ridge, screening.trials) = (nil, nil, [])
    for index in screening.strategies.indices { screening.strategies[index].gain = nil }
    let page = try Self.page(screening)
    for id in ["verdict", "decision", "candidates", "memory", "flips", "trials"] {
      #expect(try Self.chart(id, in: page).contains("Not shown. "), "\(id)")
    }
    #expect(try Self.chart("grid", in: page).contains("too short"))
    #expect(!page.contains("nan") && !page.contains("inf"))
  }

  @Test func `several stand side by side, and what was saved has the same page`() throws {
    var other = try Self.screening.get()
    other.cluster.name = "elsewhere"
    (other.verdict, other.finding) = (.doNot, .loses)
    let page = try Self.page(Self.screening.get(), other)
    let table = page.components(separatedBy: "<table class=\"verdicts\">")[1].components(separatedBy: "</table>")[0]
    #expect(table.contains("<a href=\"#screening-1\">") && table.contains("<td>do not</td>"))
    #expect(page.components(separatedBy: "<section class=\"result\"").count == 3)
    let saved = try ScreensReport([Self.screening.get(), other]).text(as: .json)
    #expect(try SavedReport.read([.init(name: "a", text: saved)]).text(as: .html) == page)
    let rows = try ScreensReport([Self.screening.get(), other]).text(as: .csv).split(separator: "\n")
    #expect(rows.count == 1 + 2 * other.strategies.count && rows[0].hasPrefix("screening,policy,"))
  }

  @Test func `results of two commands are not mixed`() throws {
    let replay = try ReplayReport(ReplayPageTests.result.get()).text(as: .json)
    let screen = try ScreenReport(Self.screening.get()).text(as: .json)
    let error = #expect(throws: InputError.self) {
      _ = try SavedReport.read([.init(name: "a.json", text: replay), .init(name: "b.json", text: screen)])
    }
    #expect(error?.description.contains("b.json: of screen, but a.json is of replay") == true, "\(error as Any)")
    #expect(error?.status == .data)
  }

  @Test func `names with markup, control characters and 200 letters do no harm`() throws {
    var screening = try Self.screening.get()
    let name = "</script><img src=x onerror=alert(1)>\"'&{{title}}\u{1B}[31m\u{202E}"
    let long = String(repeating: "a-long-name ", count: 17)
    (screening.trace.name, screening.cluster.name, screening.model.name) = (name + long, name, name)
    (screening.baseline, screening.target) = (name, name)
    screening.choice?.policy = name + long
    screening.strategies[0].policy = name + long
    screening.strategies[1].policy = ":=,=:\(name)"
    screening.notes.append(name)
    let page = try Self.page(screening, screening)
    #expect(!page.contains("<img") && !page.contains("alert(1)>") && page.contains("{{title}}"))
    #expect(page.components(separatedBy: "</script>").count == 2)
    #expect(!page.unicodeScalars.contains { $0.value < 32 && $0 != "\n" || $0.value == 0x202E })
    #expect(page.contains(long.dropLast()))
  }
}
