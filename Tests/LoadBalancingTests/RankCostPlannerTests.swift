import Diagnostics
import LoadBalancing
import Testing

@Suite struct RankCostPlannerTests {
  private static func context(slots: Int = 4, sources: [Double]?) -> PlanningContext {
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 2, groups: 1, slots: slots)
    var context = PlanningContext(load: ExpertLoad(zeroFor: 1, experts: 4), shape: shape)
    context.sources = sources.map { SourceLoad(layers: 1, ranks: 2, experts: 4, values: $0) }
    return context
  }

  private static let planner = RankCostPlanner(cost: .levels(sameNode: 1, otherNode: 6))

  /// Rank 0 likes experts 1, 2 and 3, in this order; the last of them finds it full.
  @Test func everyExpertGoesWhereItsTokensStart() throws {
    let plan = try Self.planner.plan(Self.context(sources: [0, 9, 8, 7, 5, 1, 1, 1])).layers[0]
    #expect(plan.physicalToLogical == [1, 2, 0, 3])
  }

  @Test func replicasAndUnknownSourcesAreRefused() {
    let replicas = #expect(throws: InputError.self) {
      try Self.planner.plan(Self.context(slots: 6, sources: Array(repeating: 1, count: 8)))
    }
    #expect(
      replicas?.description == "rank-cost gives every expert one rank; 6 slots for 4 experts hold replicas")
    let unknown = #expect(throws: InputError.self) { try Self.planner.plan(Self.context(sources: nil)) }
    #expect(unknown?.description == "rank-cost needs to know on which rank tokens start")
  }

  @Test func redundantSlotsInAPolicyAreRefusedInOneLine() throws {
    let text = """
      name: x
      predictor: {kind: last}
      planner: {kind: rank-cost, redundantSlotsPerRank: 1}
      schedule: {kind: every, steps: 4, migration: overlapped}
      dispatch: {kind: even}
      """
    let error = #expect(throws: InputError.self) {
      try BalancingPolicy(settings: Settings(parsing: text, name: "x.yaml"))
    }
    #expect(error?.description.contains("rank-cost makes no replicas; leave it out") == true)
  }

  @Test func costsAreNothingAtHomeAndFiniteElsewhere() {
    #expect(RankCost([[0, 1], [2, 0]]) != nil)
    #expect(RankCost([[1, 1], [2, 0]]) == nil)
    #expect(RankCost([[0, -1], [2, 0]]) == nil)
    #expect(RankCost([[0, 1], [.infinity, 0]]) == nil)
    #expect(RankCost([[0, 1]]) == nil)
  }
}
