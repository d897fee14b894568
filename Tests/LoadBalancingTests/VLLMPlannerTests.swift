import LoadBalancing
import Randomness
import Testing

@Suite struct VLLMPlannerTests {
  private static func plans(_ load: ExpertLoad, nodes: Int = 1, groups: Int = 1, ranks: Int, slots: Int) throws
    -> (vllm: LayerPlacement, eplb: LayerPlacement)
  {
    let shape = PlacementShape(
      layers: 1, experts: load.experts, ranks: ranks, nodes: nodes, groups: groups, slots: slots)
    let context = PlanningContext(load: load, shape: shape)
    return (
      VLLMPlanner(slotBudget: .total(slots)).plan(context).layers[0],
      try EPLBPlanner(slotBudget: .total(slots)).plan(context).layers[0]
    )
  }

  /// Loads without ties, and so small that single precision has them exactly.
  @Test(arguments: [(1, 1), (2, 8), (3, 8)])
  func itIsEPLBWhereNothingTies(_ setting: (nodes: Int, groups: Int)) throws {
    var generator = SeededGenerator(seed: 41)
    for _ in 0..<50 {
      let values = (0..<32).map { Double(100 * ($0 % 5) + 37 * $0) + Double(generator.below(4096)) / 4096 }
      let load = ExpertLoad(layers: 1, experts: 32, values: values)
      let plans = try Self.plans(load, nodes: setting.nodes, groups: setting.groups, ranks: 6, slots: 36)
      let rows = [plans.vllm, plans.eplb].map { plan in (0..<6).map { plan.experts(onRank: $0).sorted() } }
      #expect(rows[0] == rows[1])
    }
  }

  /// A rank of 2^24 tokens does not feel one more in single precision.
  @Test func sumsAreDouble() throws {
    let load = ExpertLoad(layers: 1, experts: 6, values: [16_777_216, 16_777_216, 1, 0.5, 0.25, 0.125])
    let plans = try Self.plans(load, ranks: 2, slots: 6)
    #expect(plans.vllm.physicalToLogical == [0, 2, 5, 1, 3, 4])
    #expect(plans.eplb.physicalToLogical == [0, 2, 3, 1, 4, 5])
  }
}
