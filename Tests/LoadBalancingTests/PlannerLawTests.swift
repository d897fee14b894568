import LoadBalancing
import Randomness
import Testing

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
    Case(planner: EPLBPlanner(slotBudget: .redundantPerRank(1)), redundantPerRank: 1),
  ]

  @Test(arguments: cases) func everyExpertIsPlacedInTheSlotsGiven(_ item: Case) throws {
    var generator = SeededGenerator(seed: 7)
    for ranks in [1, 2, 4, 8, 16] {
      let shape = PlacementShape(
        layers: 3, experts: 32, ranks: ranks, nodes: max(1, ranks / 4), groups: 8,
        slots: 32 + item.redundantPerRank * ranks)
      let load = ExpertLoad(layers: 3, experts: 32, values: (0..<96).map { _ in Double(generator.below(1000)) })
      let plan = try item.planner.plan(load, shape: shape, current: .contiguous(shape))
      #expect(plan.layers.count == 3)
      for (index, layer) in plan.layers.enumerated() {
        #expect(layer.slots == shape.slots)
        #expect((0..<32).allSatisfy { !layer.slots(ofExpert: $0).isEmpty })
        #expect(abs(layer.rankLoads(of: load[index]).reduce(0, +) - load[index].reduce(0, +)) < 1e-6)
      }
    }
  }

  @Test func greedyBreaksTiesTowardsTheLowestRankAndExpert() throws {
    let shape = PlacementShape(layers: 1, experts: 6, ranks: 2, nodes: 1, groups: 1, slots: 6)
    let load = ExpertLoad(layers: 1, experts: 6, values: [1, 1, 1, 1, 1, 1])
    let plan = GreedyPlanner().plan(load, shape: shape, current: .contiguous(shape))
    #expect(plan.layers[0].physicalToLogical == [0, 2, 4, 1, 3, 5])
  }

  @Test func contiguousSpareSlotsRepeatExpertsOfTheirOwnRank() {
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 8)
    #expect(Placement.contiguous(shape).layers[0].physicalToLogical == [0, 1, 0, 1, 2, 3, 2, 3])
    let uneven = PlacementShape(layers: 1, experts: 3, ranks: 2, nodes: 1, groups: 1, slots: 4)
    #expect(Placement.contiguous(uneven).layers[0].physicalToLogical == [0, 0, 1, 2])
  }
}
