import LoadBalancing
import Testing

@Suite struct DuplicateHottestPlannerTests {
  @Test func copiesTheHottestExpertWithHalfTheDifference() {
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 6)
    let load = ExpertLoad(layers: 1, experts: 4, values: [80, 10, 6, 4])
    let plan = DuplicateHottestPlanner(slotBudget: .total(6)).plan(PlanningContext(load: load, shape: shape))
    // Rank 0 holds 90 tokens, rank 1 holds 10: 40 tokens of expert 0 move to its copy.
    #expect(plan.layers[0].physicalToLogical == [0, 1, 0, 2, 3, 0])
    #expect(plan.layers[0].shares == [0.5, 1, 0, 1, 1, 0.5])
    #expect(plan.layers[0].rankLoads(of: load[0]) == [50, 50])
  }

  @Test func makesNoMoreCopiesThanItMay() {
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 4, nodes: 1, groups: 1, slots: 8)
    let load = ExpertLoad(layers: 1, experts: 4, values: [100, 1, 1, 1])
    let planner = DuplicateHottestPlanner(slotBudget: .total(8), maximumCopies: 2)
    let plan = planner.plan(PlanningContext(load: load, shape: shape))
    #expect(plan.layers[0].slots(ofExpert: 0).filter { plan.layers[0].shares[$0] > 0 }.count == 2)
  }
}

@Suite struct IncrementalPlannerTests {
  let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 4)

  private func planner(_ moves: Int, _ balancedness: Double = 1) -> IncrementalPlanner {
    IncrementalPlanner(slotBudget: .redundant(0), maximumMoves: moves, balancedness: balancedness)
  }

  @Test func makesTheOneExchangeThatHelpsMost() {
    let load = ExpertLoad(layers: 1, experts: 4, values: [8, 6, 1, 3])
    let plan = planner(1).plan(PlanningContext(load: load, shape: shape))
    #expect(plan.layers[0].physicalToLogical == [3, 1, 2, 0])
  }

  @Test func leavesALayerThatIsEvenEnough() {
    let load = ExpertLoad(layers: 1, experts: 4, values: [5, 5, 4, 4])
    #expect(planner(4, 0.85).plan(PlanningContext(load: load, shape: shape)) == .contiguous(shape))
  }

  @Test func putsAReplicaInPlaceOfARepeatedSlot() {
    let wide = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 6)
    let load = ExpertLoad(layers: 1, experts: 4, values: [80, 0, 0, 0])
    let plan = planner(1).plan(PlanningContext(load: load, shape: wide))
    #expect(plan.layers[0].rankLoads(of: load[0]).max() ?? 0 < 60)
  }

  @Test func neverMakesTheHottestRankHotter() {
    var current = Placement.contiguous(shape)
    for step in 0..<20 {
      let load = ExpertLoad(layers: 1, experts: 4, values: (0..<4).map { Double(($0 * 7 + step * 5) % 11) })
      let next = planner(2).plan(PlanningContext(load: load, shape: shape, current: current))
      #expect(next.layers[0].balancedness(of: load[0]) >= current.layers[0].balancedness(of: load[0]) - 1e-12)
      current = next
    }
  }
}
