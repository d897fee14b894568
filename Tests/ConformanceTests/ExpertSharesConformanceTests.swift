import CommandRunner
import Foundation
import Testing

/// Mixtral's mean shares on MMLU, and MoE-GPS's headline on them.
@Suite struct ExpertSharesConformanceTests {
  private struct Published: Decodable {
    var fraction: [[[Double]]]
  }

  private func convert(to path: String, tokens: Int) throws {
    let outcome = try Tool.run(
      "convert", Shared.path("traces/mixtral-8x7b-mmlu-fractions.json"), "--model", "mixtral-8x7b", "--batch",
      "prefill", "--tokens-per-step", "\(tokens)", "-o", path)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func `every subject is a step whose counts are its shares of 512 tokens`() throws {
    let shares = try JSONDecoder().decode(
      Published.self, from: Shared.data("traces/mixtral-8x7b-mmlu-fractions.json")
    ).fraction
    let scratch = try Scratch()
    let path = try scratch.file("mmlu.jsonl")
    try convert(to: path, tokens: 512)
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst()
    #expect(lines.count == 57 * 32)
    for (line, share) in zip(lines, shares.joined()) {
      let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
      let counts = try #require(object["counts"] as? [Int])
      #expect(counts.reduce(0, +) == 1024)
      #expect(zip(counts, share).allSatisfy { abs(Double($0) - $1 * 1024) < 1.01 })
    }
  }

  /// About 83 us for each e-fold fewer errors makes token-to-expert 23 % longer, about 116 distribution-only 23 % shorter.
  @Test func `the headline of MoE-GPS needs a predictor of this cost`() throws {
    struct Given: Decodable {
      struct Sweep: Decodable {
        struct Formula: Decodable {
          struct Lead: Decodable { var lead, longer, shorter: Double }
          var lead: Lead
        }
        struct Strategy: Decodable {
          var name: String
          var redundantSlotsPerRank: Int
          var improvement: Double
        }
        var strategies: [Strategy]
        var best: String
        var formula: Formula
      }
      var sweeps: [Sweep]
    }
    let scratch = try Scratch()
    let path = try scratch.file("mmlu.moetrace")
    try convert(to: path, tokens: 512)
    let outcome = try Tool.run(
      "advise", path, "--cluster", "a100-nvlink", "--ranks", "4", "--link-speeds", "1", "--formula", "--skewness",
      "1.39", "--distribution-error", "0.018", "--format", "json")
    #expect(outcome.status == 0, "\(outcome.errors)")
    let sweep = try #require(try JSONDecoder().decode(Given.self, from: Data(outcome.output.utf8)).sweeps.first)
    let lead = sweep.formula.lead
    #expect(lead.lead == 0.23)
    #expect(abs(lead.longer - 83) < 1.5 && abs(lead.shorter - 116) < 1.5)
    // Re-placement without redundant slots pays off where copies cost more than they save.
    let distributionOnly = sweep.strategies.filter { $0.name == "distribution-only" }
    #expect(distributionOnly.map(\.redundantSlotsPerRank) == [0, 1])
    #expect(distributionOnly[0].improvement > 0 && distributionOnly[1].improvement < 0)
    #expect(sweep.best != "none")
  }
}
