import CommandRunner
import Foundation
import Testing

/// What is exported of a serving system's plan is what was replayed: the file, read back and served by the system's own
/// rule of replicas, comes to the same as the plan before it was written.
@Suite struct SystemPlanTests {
  private static let trace = "traces/decode-256.moetrace"

  /// A system with so many redundant slots on a rank, and the format of its files; ours where it loads none.
  static let exports = [
    ("vllm", 1, "json"), ("vllm-sync", 1, "json"), ("atom", 1, "json"), ("sglang", 1, "sglang"),
    ("sglang-chunked", 2, "sglang"), ("tensorrt-llm-static", 1, "tensorrt-llm"),
    ("tensorrt-llm-online", 2, "tensorrt-llm"), ("vllm-ascend", 0, "vllm-ascend"), ("vllm", 2, "deepseek-eplb"),
  ]

  /// But for those that go by the placement in force, and plans that the target has made anew, which keep what they can of
  /// it: `plan` has none, a replay the one that servers begin with.
  static let planners = [
    "{kind: greedy}", "{kind: striped}", "{kind: random, seed: 3}", "{kind: eplb, redundantSlotsPerRank: 2}",
  ]

  /// Systems that differ in their rule or their files, and formats of these.
  static let servers = [
    ("vllm", "json"), ("vllm-sync", "deepseek-eplb"), ("atom", "json"), ("sglang", "sglang"),
    ("tensorrt-llm-static", "tensorrt-llm"), ("vllm-ascend", "vllm-ascend"),
  ]

  /// Of the policies after the baseline: what they come to, without what a plan of a file has none of.
  private func figures(_ policies: [String]) throws -> [NSDictionary] {
    let selected = ["replay", Self.trace, "--steps", "0:4", "--cluster", "h100-cx7", "--format", "json"]
    let outcome = try Tool.run(selected + policies.flatMap { ["--policy", $0] })
    try #require(outcome.status == 0, "\(outcome.errors)")
    let result = try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any]
    let found = try #require(result?["policies"] as? [[String: Any]]).dropFirst()
    return found.map { policy in
      NSDictionary(
        dictionary: policy.filter { ["time", "balancedness", "imbalance", "traffic", "memory"].contains($0.key) })
    }
  }

  @Test(arguments: exports) func `a file of a system's plan is served as the plan was`(
    system: String, redundant: Int, format: String
  ) throws {
    let scratch = try Scratch()
    let file = scratch.folder.appendingPathComponent("plan.\(format == "tensorrt-llm" ? "yaml" : "json")").path
    let policy = "systems/\(system):redundantSlotsPerRank=\(redundant)"
    let written = try Tool.run(
      "plan", Self.trace, "--steps", "0:4", "--policy", policy, "--cluster", "h100-cx7", "--groups", "8",
      "--to", format, "-o", file)
    try #require(written.status == 0, "\(written.errors)")
    let found = try figures([
      "\(policy),schedule={kind: initial},predictor={kind: oracle}",
      "\(policy),schedule={kind: initial},planner={kind: fixed, file: \(file)}",
    ])
    #expect(found.count == 2 && found[0] == found[1])
    #expect((found[0]["balancedness"] as? NSDictionary)?["rank"] != nil)
  }

  @Test(arguments: servers) func `so is a file of any planner's plan`(
    system: String, format: String
  ) throws {
    let scratch = try Scratch()
    var policies: [String] = []
    for (index, planner) in Self.planners.enumerated() {
      let file = scratch.folder.appendingPathComponent("\(index).\(format == "tensorrt-llm" ? "yaml" : "json")").path
      let policy = "systems/\(system):schedule={kind: initial},planner="
      let written = try Tool.run(
        "plan", Self.trace, "--steps", "0:4", "--policy", "\(policy)\(planner),predictor={kind: oracle}",
        "--cluster", "h100-cx7", "--groups", "8", "--to", format, "-o", file)
      try #require(written.status == 0, "\(written.errors)")
      policies += ["\(policy)\(planner),predictor={kind: oracle}", "\(policy){kind: fixed, file: \(file)}"]
    }
    let found = try figures(policies)
    #expect(found.count == 2 * Self.planners.count)
    for index in Self.planners.indices { #expect(found[2 * index] == found[2 * index + 1], "\(Self.planners[index])") }
  }
}
