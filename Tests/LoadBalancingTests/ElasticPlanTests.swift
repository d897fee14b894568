import Diagnostics
import LoadBalancing
import Testing

@Suite struct ElasticPlanTests {
  private static let load = ExpertLoad(layers: 1, experts: 4, values: [9, 4, 3, 2])
  private static let shape = PlacementShape(layers: 1, experts: 4, ranks: 3, nodes: 1, groups: 1, slots: 6)

  @Test func ranksAliveHoldEPLBsPlanAndDeadOnesNothing() throws {
    let plan = try ElasticPlan.plan(Self.load, shape: Self.shape, dead: [1])
    var narrow = Self.shape
    (narrow.ranks, narrow.slots) = (2, 4)
    let alive = try EPLBPlanner(slotBudget: .total(4)).plan(PlanningContext(load: Self.load, shape: narrow))
    let map = alive.layers[0].physicalToLogical
    #expect(plan == [[map[0], map[1], nil, nil, map[2], map[3]]])
  }

  @Test func withoutDeadRanksItIsEPLB() throws {
    let plan = try ElasticPlan.plan(Self.load, shape: Self.shape, dead: [])
    let all = try EPLBPlanner(slotBudget: .total(6)).plan(PlanningContext(load: Self.load, shape: Self.shape))
    #expect(plan == all.layers.map { $0.physicalToLogical.map(Optional.some) })
  }

  @Test func tooFewSlotsAliveAndRanksThatAreNoneAreRefused() {
    let few = #expect(throws: InputError.self) { try ElasticPlan.plan(Self.load, shape: Self.shape, dead: [0, 2]) }
    #expect(few?.description == "2 slots on the ranks alive cannot hold 4 experts")
    let all = #expect(throws: InputError.self) { try ElasticPlan.plan(Self.load, shape: Self.shape, dead: [0, 1, 2]) }
    #expect(all?.description == "0 slots on the ranks alive cannot hold 4 experts")
    let unknown = #expect(throws: InputError.self) { try ElasticPlan.plan(Self.load, shape: Self.shape, dead: [3]) }
    #expect(unknown?.description == "dead ranks are to be below 3")
  }
}
