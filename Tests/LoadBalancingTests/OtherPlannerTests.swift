import LoadBalancing
import Randomness
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

  /// On two ranks every move touches both, so that the best one leaves the lowest peak that any can.
  @Test func makesTheBestOfAllExchangesAndReplacements() {
    let wide = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 8)
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<300 {
      let map = generator.shuffled(Array(0..<4) + (0..<4).map { _ in generator.below(4) })
      let load = (0..<4).map { _ in Double(1 + generator.below(100)) }
      func peak(_ map: [Int]) -> Double {
        LayerPlacement(experts: 4, ranks: 2, physicalToLogical: map).rankLoads(of: load[...]).max() ?? 0
      }
      let loads = LayerPlacement(experts: 4, ranks: 2, physicalToLogical: map).rankLoads(of: load[...])
      let (hottest, coldest) = loads[0] >= loads[1] ? (0, 1) : (1, 0)
      var best = peak(map)
      for slot in hottest * 4..<(hottest + 1) * 4 {
        for other in coldest * 4..<(coldest + 1) * 4 where map[slot] != map[other] {
          var exchanged = map
          exchanged.swapAt(slot, other)
          best = min(best, peak(exchanged))
          let isHeld = map[coldest * 4..<(coldest + 1) * 4].contains(map[slot])
          guard !isHeld, map.count(where: { $0 == map[other] }) > 1 else { continue }
          var replaced = map
          replaced[other] = map[slot]
          best = min(best, peak(replaced))
        }
      }
      let current = Placement(
        ranks: 2, layers: [LayerPlacement(experts: 4, ranks: 2, physicalToLogical: map)])
      let context = PlanningContext(
        load: ExpertLoad(layers: 1, experts: 4, values: load), shape: wide, current: current)
      #expect(abs(peak(planner(1).plan(context).layers[0].physicalToLogical) - best) < 1e-6, "\(map) \(load)")
    }
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
