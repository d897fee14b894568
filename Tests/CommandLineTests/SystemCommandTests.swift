import CommandRunner
import Foundation
import Testing

/// `replay --as` and `--dispatch`.
@Suite struct SystemCommandTests {
  private static let replay = ["replay", "traces/decode-256.moetrace", "--steps", "0:12"]

  private struct Result: Decodable {
    struct Policy: Decodable, Equatable {
      struct Time: Decodable, Equatable { var total, comm: Double }
      var name: String
      var time: Time
    }
    var policies: [Policy]
  }

  private func policies(_ options: [String]) throws -> [Result.Policy] {
    let outcome = try Tool.run(Self.replay + options + ["--format", "json"])
    try #require(outcome.status == 0, "\(outcome.errors)")
    return try JSONDecoder().decode(Result.self, from: Data(outcome.output.utf8)).policies
  }

  @Test func `--as is short for a policy of the systems, after those given otherwise`() throws {
    let short = try policies(["--as", "vllm:steps=4", "--policy", "eplb:steps=4", "--as", "sglang:steps=4"])
    let long = try policies(
      ["--policy", "eplb:steps=4", "--policy", "systems/vllm:steps=4", "--policy", "systems/sglang:steps=4"])
    #expect(short == long)
    #expect(short.map(\.name) == ["static", "eplb:steps=4", "systems/vllm:steps=4", "systems/sglang:steps=4"])
  }

  @Test func `--dispatch serves every policy by one rule, as a change of each would`() throws {
    let names = ["eplb-oracle", "eplb-oracle:redundantSlotsPerRank=2"]
    let served = try policies(names.flatMap { ["--policy", $0] } + ["--dispatch", "sglang-static"])
    let changed = try policies([
      "--policy", "eplb-oracle:dispatch={kind: sglang-static}",
      "--policy", "eplb-oracle:redundantSlotsPerRank=2,dispatch={kind: sglang-static}",
    ])
    let plain = try policies(names.flatMap { ["--policy", $0] })
    #expect(served == changed)
    #expect(served[0] == plain[0])
    for (one, other) in zip(served, plain).dropFirst() { #expect(one.time != other.time) }
  }

  @Test func `--dispatch serves a baseline other than static, too`() throws {
    let found = try policies(["--baseline", "eplb", "--policy", "fractional", "--dispatch", "atom"])
    #expect(found.map(\.name) == ["eplb:dispatch={kind: atom}", "fractional:dispatch={kind: atom}"])
  }

  @Test(arguments: [
    (["--as", "vllm", "--dispatch", "even"], "--as vllm states its own rule; change it there: :dispatch.kind=even"),
    (
      ["--policy", "systems/atom:steps=4", "--dispatch", "lp"],
      "systems/atom:steps=4 states its own rule; change it there: :dispatch.kind=lp"
    ),
    (["--baseline", "systems/atom", "--dispatch", "lp"], "systems/atom states its own rule"),
    (["--dispatch", "vlm"], "--dispatch: unknown dispatch rule 'vlm'; did you mean 'vllm'?"),
  ]) func `a rule that contradicts a system's, or that there is none of, is a usage error`(
    options: [String], message: String
  ) throws {
    let outcome = try Tool.run(Self.replay + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(message), "\(outcome.errors)")
  }

  @Test func `a system that there is none of is missing`() throws {
    let outcome = try Tool.run(Self.replay + ["--as", "vlm"])
    #expect(outcome.status == 66)
    #expect(outcome.errors.hasPrefix("expert-replay: vlm: no such serving system; did you mean 'vllm'?; known: atom, "))
    #expect(outcome.errors.split(separator: "\n").count == 1)
  }
}
