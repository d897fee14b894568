import LoadBalancing
import Randomness
import Testing

@Suite struct RankLoadBoundTests {
  @Test(arguments: [
    ([4.0, 4, 4, 4], 2, 4, 8.0), ([5, 4, 4, 4], 2, 4, 9), ([100, 1, 1, 1], 2, 4, 101), ([100, 1, 1, 1], 2, 6, 52),
    ([0, 0, 0, 0], 2, 4, 0), ([9, 9, 9, 1], 2, 4, 18), ([100, 0, 0, 0], 4, 8, 25),
  ]) func isWhatHandCountingGives(tokens: [Double], ranks: Int, slots: Int, bound: Double) {
    #expect(RankLoadBound(ranks: ranks, slots: slots).bound(of: tokens, isWhole: true) == bound)
  }

  @Test func noPlannerWithNoDispatchIsBelowIt() throws {
    var optimal = OptimalDispatch()
    for seed in 0..<400 {
      let item = DispatchCase(seed: UInt64(seed))
      var tokens = Array(repeating: 0.0, count: item.placement.experts)
      for expert in item.experts { tokens[Int(expert)] += 1 }
      var ranks = Array(repeating: 0.0, count: item.placement.ranks)
      for slot in item.assign(&optimal) { ranks[item.placement.rank(ofSlot: slot)] += 1 }
      let bound = RankLoadBound(ranks: item.placement.ranks, slots: item.placement.slots)
      #expect(bound.bound(of: tokens, isWhole: true) <= ranks.max() ?? 0)
      #expect(bound.bound(of: tokens, isWhole: false) <= bound.bound(of: tokens, isWhole: true) + 1e-6)
    }
  }

  @Test func isAttainedByFractionalPlansWithEnoughSlots() throws {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<100 {
      let shape = PlacementShape(layers: 1, experts: 25, ranks: 8, nodes: 1, groups: 1, slots: 32)
      let load = FractionalPlannerTests.load(25, &generator)
      let plan = try FractionalPlanner(slotBudget: .total(32)).plan(PlanningContext(load: load, shape: shape))
      let bound = RankLoadBound(ranks: 8, slots: 32).bound(of: load.values, isWhole: false)
      #expect(abs((plan.layers[0].rankLoads(of: load[0]).max() ?? 0) - bound) <= 1e-6 * bound)
    }
  }
}
