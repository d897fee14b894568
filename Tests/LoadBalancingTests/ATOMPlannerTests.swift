import Diagnostics
import LoadBalancing
import Randomness
import Testing

@Suite struct ATOMPlannerTests {
  private static let load = ExpertLoad(layers: 1, experts: 8, values: [30, 2, 4, 4, 3, 5, 8, 0])

  private static func plan(
    _ kind: ATOMPlanner.Kind, _ load: ExpertLoad = load, ranks: Int = 4, nodes: Int = 1, groups: Int = 1, slots: Int,
    current: Placement? = nil
  ) throws -> Placement {
    let shape = PlacementShape(
      layers: 1, experts: load.experts, ranks: ranks, nodes: nodes, groups: groups, slots: slots)
    return try ATOMPlanner(kind, slotBudget: .total(slots)).plan(
      PlanningContext(load: load, shape: shape, current: current))
  }

  @Test func theWorkedExampleHasTheHottestExpertOnEveryRank() throws {
    let plan = try Self.plan(.biased, slots: 12).layers[0]
    #expect(plan.physicalToLogical == [0, 5, 7, 0, 2, 6, 0, 3, 4, 0, 6, 1])
  }

  @Test func withoutASlotPerRankBiasedIsNaive() throws {
    #expect(try Self.plan(.biased, slots: 8) == Self.plan(.naive, slots: 8))
    #expect(try Self.plan(.naive, slots: 8).layers[0].physicalToLogical == [0, 7, 6, 1, 5, 4, 2, 3])
  }

  @Test func theSameHotExpertsMoveNothing() throws {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<50 {
      let load = ExpertLoad(layers: 1, experts: 16, values: (0..<16).map { _ in Double(generator.below(1000)) })
      let first = try Self.plan(.biased, load, slots: 24)
      var later = load
      let hot = Set(first.layers[0].physicalToLogical[..<2])
      for expert in 0..<16 where !hot.contains(expert) { later.values[expert] = Double(generator.below(2)) }
      #expect(try Self.plan(.biased, later, slots: 24, current: first) == first)
    }
  }

  @Test func groupsStayOnANode() throws {
    let plan = try Self.plan(.biased, nodes: 2, groups: 4, slots: 12).layers[0]
    let nodes = [plan.physicalToLogical[..<6], plan.physicalToLogical[6...]].map { Set($0.map { $0 / 2 }) }
    #expect(nodes[0].isDisjoint(with: nodes[1]))
    let error = #expect(throws: InputError.self) { try Self.plan(.naive, ranks: 6, nodes: 3, groups: 4, slots: 12) }
    #expect(error?.description == "ATOM puts whole groups on nodes; 4 groups of 8 experts do not divide over 3")
  }
}
