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

  /// Numbers of which there are many are counted, others compared.
  @Test(arguments: [(2, 8), (4, 4), (8, 2), (16, 3)], [1.0, 1000])
  func withoutReplicasItIsWhatSortingGives(machine: (ranks: Int, slotsPerRank: Int), unit: Double) {
    let (ranks, slotsPerRank) = machine
    var random = SeededGenerator(seed: UInt64(ranks))
    for most in 1...60 {
      let tokens = (0..<ranks * slotsPerRank).map { _ in unit * Double(random.below(most)) }
      let sorted = tokens.sorted(by: >)
      let alone = sorted[0] + sorted.suffix(slotsPerRank - 1).reduce(0, +)
      let mean = (tokens.reduce(0, +) / Double(ranks)).rounded(.up)
      let bound = RankLoadBound(ranks: ranks, slots: tokens.count).bound(of: tokens, isWhole: true)
      #expect(bound == max(mean, alone, sorted[ranks - 1] + sorted[ranks]))
    }
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
