import LoadBalancing
import Randomness
import Testing

@Suite struct SwiftPlannerTests {
  private static func layer(_ rows: [[Int]], experts: Int) -> LayerPlacement {
    LayerPlacement(experts: experts, ranks: rows.count, physicalToLogical: rows.flatMap { $0 })
  }

  @Test func theWorkedExampleMovesThreeExperts() throws {
    let shape = PlacementShape(layers: 1, experts: 8, ranks: 4, nodes: 1, groups: 1, slots: 12)
    let load = ExpertLoad(layers: 1, experts: 8, values: [30, 2, 4, 4, 3, 5, 8, 0])
    let current = Self.layer([[0, 1, 2], [3, 4, 5], [6, 7, 0], [1, 2, 3]], experts: 8)
    #expect(current.rankLoads(of: load[0]) == [18, 10, 23, 5])
    let context = PlanningContext(load: load, shape: shape, current: Placement(ranks: 4, layers: [current]))
    let plan = try SwiftPlanner(slotBudget: .total(12)).plan(context).layers[0]
    let rows = (0..<4).map { plan.experts(onRank: $0).sorted() }
    #expect(rows == [[0, 5, 6], [3, 4, 5], [0, 6, 7], [0, 1, 2]])
    #expect(plan.rankLoads(of: load[0]) == [16.5, 9.5, 14, 16])
    #expect(plan.physicalToLogical[0] == 0 && plan.physicalToLogical[6...8] == [6, 7, 0])
  }

  @Test(arguments: [SwiftPlanner.CopyShare.overestimated, .exact])
  func noLayerGetsWorseAndRanksExchangeAtMostOnce(_ share: SwiftPlanner.CopyShare) throws {
    var generator = SeededGenerator(seed: 11)
    var moved = 0
    for _ in 0..<200 {
      let shape = PlacementShape(layers: 1, experts: 32, ranks: 8, nodes: 1, groups: 1, slots: 32)
      let load = ExpertLoad(layers: 1, experts: 32, values: (0..<32).map { _ in generator.gamma(shape: 1) * 1000 })
      let current = Placement(
        ranks: 8, layers: [LayerPlacement(experts: 32, ranks: 8, physicalToLogical: Array(0..<32))])
      let planner = SwiftPlanner(slotBudget: .onePerExpert, copyShare: share)
      let plan = try planner.plan(PlanningContext(load: load, shape: shape, current: current)).layers[0]
      #expect(plan.balancedness(of: load[0]) >= current.layers[0].balancedness(of: load[0]))
      var sent = Array(repeating: 0, count: 64)
      for (slot, expert) in plan.physicalToLogical.enumerated() where slot / 4 != expert / 4 {
        sent[expert / 4 * 8 + slot / 4] += 1
        moved += 1
      }
      #expect(sent.allSatisfy { $0 <= 1 })
    }
    #expect(moved > 200)
  }

  /// A copy takes a third of 90 off, not half, so that the expert is hotter than that of 50 tokens and gets the second,
  /// too.
  @Test func anOverestimatedShareGivesTheHottestExpertTheNextCopy() throws {
    let shape = PlacementShape(layers: 1, experts: 6, ranks: 4, nodes: 1, groups: 1, slots: 8)
    let load = ExpertLoad(layers: 1, experts: 6, values: [90, 50, 10, 10, 10, 10])
    let current = Placement(ranks: 4, layers: [Self.layer([[0, 4], [1, 5], [2, 4], [3, 5]], experts: 6)])
    func copies(_ share: SwiftPlanner.CopyShare) throws -> [Int] {
      let planner = SwiftPlanner(slotBudget: .total(8), copyShare: share)
      let plan = try planner.plan(PlanningContext(load: load, shape: shape, current: current)).layers[0]
      return (0..<6).map { plan.slots(ofExpert: $0).count }
    }
    #expect(try copies(.overestimated) == [3, 1, 1, 1, 1, 1])
    #expect(try copies(.exact) == [2, 2, 1, 1, 1, 1])
  }

  @Test func anEvenLayerStaysAsItIs() throws {
    let shape = PlacementShape(layers: 1, experts: 8, ranks: 4, nodes: 1, groups: 1, slots: 12)
    let load = ExpertLoad(layers: 1, experts: 8, values: Array(repeating: 5, count: 8))
    let current = Self.layer([[0, 1, 2], [3, 4, 5], [6, 7, 0], [1, 2, 3]], experts: 8)
    var even = load
    for expert in [4, 5, 6, 7] { even.values[expert] = 2.5 }
    let context = PlanningContext(load: even, shape: shape, current: Placement(ranks: 4, layers: [current]))
    #expect(try SwiftPlanner(slotBudget: .total(12)).plan(context) == context.current)
  }

  @Test func insideNodesNoExpertLeavesItsNode() throws {
    var generator = SeededGenerator(seed: 12)
    let shape = PlacementShape(layers: 1, experts: 32, ranks: 8, nodes: 2, groups: 1, slots: 40)
    for _ in 0..<50 {
      let load = ExpertLoad(layers: 1, experts: 32, values: (0..<32).map { _ in generator.gamma(shape: 1) * 1000 })
      let planner = SwiftPlanner(slotBudget: .total(40), staysInsideNodes: true)
      let plan = try planner.plan(PlanningContext(load: load, shape: shape)).layers[0]
      for (slot, expert) in plan.physicalToLogical.enumerated() { #expect(slot / 20 == expert / 16) }
    }
  }
}
