import LoadBalancing
import Randomness
import Testing

extension LayerPlacement {
  var sharesSumToOne: Bool {
    (0..<experts).allSatisfy { abs(slots(ofExpert: $0).reduce(0) { $0 + shares[$1] } - 1) < 1e-9 }
      && shares.allSatisfy { $0 >= 0 }
  }

  var hasExpertTwiceOnARank: Bool {
    (0..<ranks).contains { rank in
      let held = physicalToLogical[rank * slotsPerRank..<(rank + 1) * slotsPerRank]
      return Set(held).count < held.count
    }
  }

  /// mean / max planned rank load.
  func balancedness(of load: ArraySlice<Double>) -> Double {
    let loads = rankLoads(of: load)
    let peak = loads.max() ?? 0
    return peak > 0 ? loads.reduce(0, +) / Double(ranks) / peak : 1
  }
}

/// What holds for every planner, on random loads.
@Suite struct PlannerLawTests {
  struct Case: Sendable {
    var planner: any PlacementPlanner
    var redundantPerRank: Int
  }

  static let cases = [
    Case(planner: StaticPlanner(), redundantPerRank: 0),
    Case(planner: StaticPlanner(), redundantPerRank: 2),
    Case(planner: GreedyPlanner(), redundantPerRank: 0),
    Case(planner: StripedPlanner(), redundantPerRank: 0),
    Case(planner: RandomPlanner(seed: 5), redundantPerRank: 0),
    Case(planner: BestPlanner(slotBudget: .redundantPerRank(0)), redundantPerRank: 0),
    Case(planner: BestPlanner(slotBudget: .redundantPerRank(1)), redundantPerRank: 1),
    Case(planner: EPLBPlanner(slotBudget: .redundantPerRank(1)), redundantPerRank: 1),
    Case(planner: FractionalPlanner(slotBudget: .redundantPerRank(0)), redundantPerRank: 0),
    Case(planner: FractionalPlanner(slotBudget: .redundantPerRank(1)), redundantPerRank: 1),
    Case(planner: DuplicateHottestPlanner(slotBudget: .redundantPerRank(1)), redundantPerRank: 1),
    Case(planner: DuplicateHottestPlanner(slotBudget: .redundantPerRank(2), maximumCopies: 2), redundantPerRank: 2),
    Case(
      planner: IncrementalPlanner(slotBudget: .redundantPerRank(1), maximumMoves: 4, balancedness: 0.95),
      redundantPerRank: 1),
    Case(planner: SwiftPlanner(slotBudget: .redundantPerRank(1)), redundantPerRank: 1),
    Case(planner: SwiftPlanner(slotBudget: .redundantPerRank(2), copyShare: .exact), redundantPerRank: 2),
    Case(planner: FlashPlanner(slotBudget: .redundantPerRank(0)), redundantPerRank: 0),
    Case(planner: FlashPlanner(slotBudget: .redundantPerRank(1), depth: 3, width: 3), redundantPerRank: 1),
    Case(planner: TensorRTPlanner(slotBudget: .redundantPerRank(1)), redundantPerRank: 1),
  ]

  @Test(arguments: cases) func everyExpertIsPlacedInTheSlotsGiven(_ item: Case) throws {
    var generator = SeededGenerator(seed: 7)
    for ranks in [2, 4, 5, 8, 12, 16, 36, 48] {
      let shape = PlacementShape(
        layers: 3, experts: 32, ranks: ranks, nodes: max(1, ranks / 4), groups: 8,
        slots: ((32 + ranks - 1) / ranks + item.redundantPerRank) * ranks)
      let load = ExpertLoad(layers: 3, experts: 32, values: (0..<96).map { _ in Double(generator.below(1000)) })
      let plan = try item.planner.plan(PlanningContext(load: load, shape: shape))
      #expect(plan.layers.count == 3)
      for (index, layer) in plan.layers.enumerated() {
        #expect(layer.slots == shape.slots)
        #expect((0..<32).allSatisfy { !layer.slots(ofExpert: $0).isEmpty })
        #expect(layer.sharesSumToOne)
        #expect(abs(layer.rankLoads(of: load[index]).reduce(0, +) - load[index].reduce(0, +)) < 1e-6)
      }
    }
  }

  @Test func greedyBreaksTiesTowardsTheLowestRankAndExpert() throws {
    let shape = PlacementShape(layers: 1, experts: 6, ranks: 2, nodes: 1, groups: 1, slots: 6)
    let load = ExpertLoad(layers: 1, experts: 6, values: [1, 1, 1, 1, 1, 1])
    let plan = GreedyPlanner().plan(PlanningContext(load: load, shape: shape))
    #expect(plan.layers[0].physicalToLogical == [0, 2, 4, 1, 3, 5])
  }

  @Test func contiguousSpareSlotsRepeatExpertsOfTheirOwnRank() {
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 8)
    #expect(Placement.contiguous(shape).layers[0].physicalToLogical == [0, 1, 0, 1, 2, 3, 2, 3])
    let uneven = PlacementShape(layers: 1, experts: 3, ranks: 2, nodes: 1, groups: 1, slots: 4)
    #expect(Placement.contiguous(uneven).layers[0].physicalToLogical == [0, 0, 1, 2])
  }

  @Test func theInitialPlacementFillsSlotsInTurnAsServersDo() {
    func row(_ experts: Int, _ ranks: Int, slots: Int) -> [Int] {
      let shape = PlacementShape(layers: 1, experts: experts, ranks: ranks, nodes: 1, groups: 1, slots: slots)
      return Placement.initial(shape).layers[0].physicalToLogical
    }
    #expect(row(6, 3, slots: 6) == [0, 1, 2, 3, 4, 5])
    #expect(row(5, 3, slots: 6) == [0, 1, 2, 3, 4, 0])
    #expect(row(2, 3, slots: 6) == [0, 1, 0, 1, 0, 1])
  }

  /// Five experts on three ranks: the sixth slot goes to the hottest, and the packing is even.
  @Test func greedyFillsTheSlotsLeftOverWithTheHottest() {
    let shape = PlacementShape(layers: 1, experts: 5, ranks: 3, nodes: 1, groups: 1, slots: 6)
    let load = ExpertLoad(layers: 1, experts: 5, values: [40, 20, 20, 20, 20])
    let layer = GreedyPlanner().plan(PlanningContext(load: load, shape: shape)).layers[0]
    #expect(layer.slots(ofExpert: 0).count == 2)
    #expect(layer.rankLoads(of: load[0]) == [40, 40, 40])
  }
}
