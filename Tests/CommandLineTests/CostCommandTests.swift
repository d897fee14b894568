import CommandRunner
import Foundation
import Testing

/// What a machine costs, as a user asks for it.
@Suite struct CostCommandTests {
  private static let trace = "traces/decode-256.moetrace"
  private static let cheap = "h100-cx7:cost.pricePerGPUHour=2"
  private static let dear = "b200-cx7:cost.pricePerGPUHour=9"

  private static func lines(_ arguments: [String]) throws -> [Substring] {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == 0, "\(outcome.errors)")
    return outcome.output.split(separator: "\n")
  }

  @Test(arguments: [[dear, cheap], [cheap, dear]])
  func `several machines are ranked by what a token costs, whatever their order`(clusters: [String]) throws {
    let lines = try Self.lines(
      ["replay", Self.trace, "--steps", "0:8", "--policy", "eplb:steps=2", "--context", "4096"]
        + (clusters + ["h200-cx7"]).flatMap { ["--cluster", $0] })
    let heading = try #require(lines.firstIndex { $0.contains("| Cheapest first ") })
    let ranking = lines[heading...].dropFirst(2).prefix { $0.hasPrefix("|") }
      .map { $0.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } }
    #expect(ranking.map { $0[1] } == ["\(Self.cheap), 32 ranks", "\(Self.dear), 32 ranks"])
    let dollars = ranking.compactMap { Double($0[0]) }
    #expect(dollars.count == 2 && dollars[0] < dollars[1])
    #expect(ranking.allSatisfy { (Double($0[3]) ?? 0) > 1 })
  }

  @Test func `one machine is not ranked, and none has columns of cost without a price`() throws {
    let replay = ["replay", Self.trace, "--steps", "0:4", "--policy", "static", "--context", "4096"]
    let priced = try Self.lines(replay + ["--cluster", Self.cheap])
    #expect(priced.contains { $0.contains("| $/M |") || $0.contains(" $/M |") })
    #expect(!priced.contains { $0.contains("Cheapest") })
    let free = try Self.lines(replay)
    #expect(!free.contains { $0.contains("$") })
  }

  @Test func `a search has dollars as an axis`() throws {
    let lines = try Self.lines(["advise", Self.trace, "--tune", "--context", "4096", "--cluster", Self.cheap])
    #expect(lines[0].hasSuffix("total time, memory, moves, cost"))
    #expect(lines[1].contains("moved  $/M tokens  policy"))
    let without = try Self.lines(["advise", Self.trace, "--tune"])
    #expect(without[0].hasSuffix("total time, memory, moves") && !without[1].contains("$"))
  }

  @Test func `an accuracy is shown as stated`() throws {
    let replay = ["replay", Self.trace, "--steps", "0:4", "--policy", "static"]
    let stated = try Self.lines(replay + ["--accuracy", "0.847"])
    #expect(stated[1].contains("model deepseek-v3 (accuracy 0.847, as stated), all-to-all"))
    #expect(try Self.lines(replay)[1].contains("model deepseek-v3, all-to-all"))
  }

  @Test(arguments: [
    (["replay", trace, "--policy", "eplb", "--cluster", cheap], 64, "cost: needs the tokens per second of --context"),
    (["advise", trace, "--tune", "--cluster", cheap], 64, "cost: needs the tokens per second of --context"),
    (["advise", trace, "--tune", "--context", "4096"], 64, "the file states no cost"),
    (["advise", trace, "--context", "4096"], 64, "give --tune, too"),
    (
      [
        "replay", trace, "--policy", "eplb", "--context", "9", "--cluster",
        "h100-cx7:cost={pricePerGPUHour: 2, pricePerGPU: 9, years: 1}",
      ], 65, "cost.pricePerGPU: given together with pricePerGPUHour; keep one"
    ),
    (
      ["replay", trace, "--policy", "eplb", "--context", "9", "--cluster", "h100-cx7:cost.pricePerGPUHour=0"], 65,
      "cost.pricePerGPUHour: 0.0 is outside"
    ),
    (
      ["replay", trace, "--policy", "eplb", "--context", "9", "--cluster", "h100-cx7:cost.pricePerGpuHour=2"], 65,
      "did you mean 'pricePerGPUHour'?"
    ),
  ]) func `mistakes are one line`(arguments: [String], status: Int32, message: String) throws {
    let outcome = try Tool.run(arguments)
    #expect(outcome.status == status && outcome.errors.contains(message), "\(outcome.status): \(outcome.errors)")
    #expect(outcome.errors.split(separator: "\n").count == 1 && outcome.output.isEmpty)
  }
}
