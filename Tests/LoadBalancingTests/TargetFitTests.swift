import Diagnostics
import LoadBalancing
import Testing

/// What planners make for targets that split evenly, or that hold no expert twice on a rank.
@Suite struct TargetFitTests {
  private static func layer(
    _ planner: any PlacementPlanner, for target: String, _ item: EvenShareLoads.Case
  ) throws -> LayerPlacement {
    let policy = try BalancingPolicy(
      name: "p", planner: planner, schedule: RebalanceSchedule(.never),
      target: try ServingTarget.registry.named(target))
    return try policy.plan(PlanningContext(load: item.load, shape: item.shape)).layers[0]
  }

  private static func peak(_ layer: LayerPlacement, _ item: EvenShareLoads.Case) -> Double {
    layer.rankLoads(of: item.load[0]).max() ?? 0
  }

  private static let budget = SlotBudget.redundantPerRank(1)
  private static let planners: [any PlacementPlanner] = [
    FractionalPlanner(slotBudget: budget), DuplicateHottestPlanner(slotBudget: budget),
    EPLBPlanner(slotBudget: budget), EvenSharePlanner(slotBudget: budget), GreedyPlanner(), StaticPlanner(),
    IncrementalPlanner(slotBudget: budget, maximumMoves: 4, balancedness: 0.95), RandomPlanner(seed: 3),
  ]

  @Test(arguments: ["sglang", "vllm", "tensorrt-llm", "vllm-ascend", "even"])
  func `every planner plans what the target expresses`(target: String) throws {
    let expressed = try ServingTarget.registry.named(target)
    for item in EvenShareLoads.cases(240, seed: 5) {
      for planner in Self.planners {
        let layer = try Self.layer(planner, for: target, item)
        #expect(!layer.hasUnequalShares)
        #expect(expressed.allowsDuplicates || !layer.hasExpertTwiceOnARank)
        #expect((0..<layer.experts).allSatisfy { !layer.slots(ofExpert: $0).isEmpty })
        #expect(layer.slots == item.shape.slots)
      }
    }
  }

  @Test(arguments: [0, 1])
  func `unequal shares become a plan that is split evenly, no less even than eplb or greedy`(planner: Int) throws {
    for item in EvenShareLoads.cases(600, seed: 6) where item.shape.experts % item.shape.ranks == 0 {
      let layer = try Self.layer(Self.planners[planner], for: "sglang", item)
      // Where no load is split, shares are equal as they are.
      let context = PlanningContext(load: item.load, shape: item.shape)
      let isOwn = try Self.planners[planner].plan(context).layers[0] == layer
      let eplb = try Self.layer(EPLBPlanner(slotBudget: Self.budget), for: "sglang", item)
      var narrow = item
      narrow.shape.slots = item.shape.experts
      let greedy = try Self.layer(GreedyPlanner(), for: "sglang", narrow)
      let best = min(Self.peak(eplb, item), Self.peak(greedy, item))
      #expect(isOwn || Self.peak(layer, item) <= best * (1 + 1e-9), "\(item)")
    }
  }

  @Test func `what the target can express stays as it was planned`() throws {
    for item in EvenShareLoads.cases(240, seed: 7) {
      for planner in Self.planners {
        let planned = try planner.plan(PlanningContext(load: item.load, shape: item.shape)).layers[0]
        #expect(try Self.layer(planner, for: "any", item) == planned)
        if !planned.hasUnequalShares { #expect(try Self.layer(planner, for: "sglang", item) == planned) }
        if !planned.hasUnequalShares, !planned.hasExpertTwiceOnARank {
          #expect(try Self.layer(planner, for: "vllm-ascend", item) == planned)
        }
      }
    }
  }

  /// Three hot experts of sixteen on four ranks: evenly split as planned with unequal shares it was 0.679.
  @Test(arguments: [0, 1]) func `three hot experts`(planner: Int) throws {
    let hot = [300.0, 220, 180] + Array(repeating: 20, count: 13)
    let item = EvenShareLoads.Case(
      shape: PlacementShape(layers: 1, experts: 16, ranks: 4, nodes: 1, groups: 1, slots: 20),
      load: ExpertLoad(layers: 1, experts: 16, values: hot))
    #expect(try Self.layer(Self.planners[planner], for: "even", item).balancedness(of: item.load[0]) >= 0.923)
  }

  @Test func `a plan made elsewhere is not changed, and refused where its shares would be dropped`() throws {
    let item = EvenShareLoads.Case(
      shape: PlacementShape(layers: 1, experts: 2, ranks: 2, nodes: 1, groups: 1, slots: 4, layerNumbers: [7]),
      load: ExpertLoad(layers: 1, experts: 2, values: [3, 1]))
    let shared = FixedPlanner(
      try WrittenPlan(rows: .inOrder, physicalToLogical: [[0, 1, 0, 1]], shares: [[0.75, 0.5, 0.25, 0.5]]))
    #expect(try Self.layer(shared, for: "any", item).shares == [0.75, 0.5, 0.25, 0.5])
    #expect {
      try Self.layer(shared, for: "sglang", item)
    } throws: {
      "\($0)" == "policy p: layer 7: unequal shares, which sglang drops: it splits an expert's tokens evenly"
    }
    let doubled = FixedPlanner(try WrittenPlan(rows: .inOrder, physicalToLogical: [[0, 0, 1, 1]]))
    #expect(try Self.layer(doubled, for: "sglang", item).physicalToLogical == [0, 0, 1, 1])
    #expect {
      try Self.layer(doubled, for: "vllm-ascend", item)
    } throws: {
      "\($0)" == "policy p: layer 7: expert 0 twice on rank 0, which vllm-ascend does not allow"
    }
  }

  @Test func `more slots on a rank than experts cannot be without doubles`() throws {
    let item = EvenShareLoads.Case(
      shape: PlacementShape(layers: 1, experts: 2, ranks: 2, nodes: 1, groups: 1, slots: 6),
      load: ExpertLoad(layers: 1, experts: 2, values: [3, 1]))
    #expect {
      try Self.layer(EPLBPlanner(slotBudget: .total(6)), for: "vllm-ascend", item)
    } throws: {
      "\($0)" == "policy p: 3 slots per rank for 2 experts, but vllm-ascend holds no expert twice on a rank"
    }
  }
}
