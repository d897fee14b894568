import Foundation
import LoadBalancing
import PythonRunner
import Replay
import Studies
import Testing

/// Plans for a recorded load of 75 layers and 256 experts are what the systems and numpy read.
@Suite struct PlanConformanceTests {
  static let hasNumpy = Python.has("import numpy")

  static func plan(_ policy: String, ranks: Int) throws -> PlannedPlacement {
    let demand = try RecordedLoad(reading: Shared.path("traces/glm-5.2/glm-5.2-web.json"), threads: 1)
    let policy = try BalancingPolicy(settings: Preset.settings("policies/\(policy)"))
    return try PlanJob(demand: demand, policy: policy, ranks: ranks, nodes: ranks / 8).run()
  }

  /// Nine loads by eight policies; the layers of each are those of one load in nine.
  @Test(
    arguments: [
      "eplb", "distribution-only", "fractional", "fractional-waterfill", "incremental", "greedy", "random",
      "even-share",
    ])
  func `every policy plans what vllm-ascend loads`(policy: String) throws {
    let policy = try BalancingPolicy(settings: Preset.settings("policies/\(policy)"))
      .serving(ServingTarget.registry.named("vllm-ascend"))
    let names = ["all", "chat", "code_instruct", "math", "news", "reasoning", "science", "web", "wiki"]
    for (index, name) in names.enumerated() {
      var demand = try RecordedLoad(reading: Shared.path("traces/glm-5.2/glm-5.2-\(name).json"), threads: 1)
      let layers = 8 * index..<8 * index + 8
      demand.load = ExpertLoad(layers: 8, experts: demand.load.experts, values: layers.flatMap { demand.load[$0] })
      demand.layerNumbers = Array(demand.layerNumbers[layers])
      let plan = try PlanJob(demand: demand, policy: policy, ranks: 32, nodes: 4).run()
      let content = try PlanFormats.content(of: plan, format: "vllm-ascend")
      let object = try #require(try JSONSerialization.jsonObject(with: Data(content)) as? [String: Any])
      #expect(object["moe_layer_count"] as? Int == 8)
      let greedy = try PlanJob(
        demand: demand, policy: BalancingPolicy(settings: Preset.settings("policies/greedy")), ranks: 32, nodes: 4
      ).run()
      // These stay as they are where they double no expert.
      guard !["random", "incremental", "eplb"].contains(policy.name) else { continue }
      for (layer, (planned, packed)) in zip(plan.placement.layers, greedy.placement.layers).enumerated() {
        let load = demand.load[layer]
        #expect((planned.rankLoads(of: load).max() ?? 0) <= (packed.rankLoads(of: load).max() ?? 0) * (1 + 1e-9))
      }
    }
  }

  @Test(.enabled(if: hasNumpy)) func `numpy reads EPLB's arrays`() throws {
    let plan = try Self.plan("eplb", ranks: 32)
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("plan-\(UUID()).npz").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let bytes = try PlanFormats.content(of: plan, format: "deepseek-eplb", path: path)
    try Data(bytes).write(to: URL(fileURLWithPath: path))
    let script = """
      import sys, numpy
      plan = numpy.load(sys.argv[1])
      slots, replicas, counts = plan["phy2log"], plan["log2phy"], plan["logcnt"]
      for layer in range(slots.shape[0]):
          assert (numpy.bincount(slots[layer], minlength=counts.shape[1]) == counts[layer]).all()
          for expert in range(counts.shape[1]):
              held = replicas[layer, expert]
              assert (held[: counts[layer, expert]] == numpy.flatnonzero(slots[layer] == expert)).all()
              assert (held[counts[layer, expert] :] == -1).all()
      print(slots.shape, slots.dtype, slots[7].sum())
      """
    let outcome = try Python.run(["-c", script, path])
    let layer = plan.placement.layers[7]
    #expect(outcome.output == "(75, \(layer.slots)) int64 \(layer.physicalToLogical.reduce(0, +))\n")
  }
}
