import Diagnostics
import LoadBalancing
import Testing

/// Policies that are made without a file.
@Suite struct PolicyInCodeTests {
  private static func read(_ text: String) throws -> BalancingPolicy {
    try BalancingPolicy(settings: Settings(parsing: text, name: "p.yaml"))
  }

  /// A predictor in code, and as its section says it.
  private static let predictors: [(recipe: PredictorRecipe, section: String)] = [
    (LastStepPredictor.recipe, "{kind: last}"),
    (MovingAveragePredictor.recipe(window: 3), "{kind: moving-average, window: 3}"),
    (ExponentialPredictor.recipe(halfLife: 2.5), "{kind: exponential, halfLife: 2.5}"),
    (HistoricalPredictor.recipe(steps: 2), "{kind: historical, steps: 2}"),
    (OraclePredictor.recipe, "{kind: oracle}"),
    (
      TokenToExpertPredictor.recipe(accuracy: 0.8, seed: 3, overheadMicroseconds: 20),
      "{kind: token-to-expert, accuracy: 0.8, seed: 3, overheadMicroseconds: 20}"
    ),
    (
      LearnedPredictor.recipe(RoutingModels.previousLayer, steps: 2, overheadMicroseconds: 4),
      "{kind: learned, given: previous-layer, steps: 2, overheadMicroseconds: 4}"
    ),
  ]

  /// What the policy's predictor expects after `loads`, of which the last is foreseen.
  private func expectation(_ policy: BalancingPolicy, after loads: [ExpertLoad]) -> ExpertLoad? {
    var predictor = policy.makePredictor(layers: 2, experts: 3)
    for load in loads.dropLast() { predictor.observe(load) }
    if var seer = predictor as? any ForesightPredictor, let last = loads.last {
      seer.foresee(last)
      predictor = seer
    }
    return predictor.predict()
  }

  @Test(arguments: predictors.indices) func `a predictor made in code is the one that its section names`(
    index: Int
  ) throws {
    let (recipe, section) = Self.predictors[index]
    let made = try BalancingPolicy(
      name: "mine", planner: GreedyPlanner(), predictor: recipe, schedule: RebalanceSchedule(.every(steps: 2)))
    let read = try Self.read(
      """
      name: mine
      predictor: \(section)
      planner: {kind: greedy}
      schedule: {kind: every, steps: 2}
      dispatch: {kind: even}
      """)
    let loads = (0..<5).map { step in
      ExpertLoad(layers: 2, experts: 3, values: (0..<6).map { Double(($0 * 7 + step * step * 5) % 11) })
    }
    #expect(expectation(made, after: loads) == expectation(read, after: loads))
    let (wholly, partly) = (made.makePredictor(layers: 2, experts: 3), read.makePredictor(layers: 2, experts: 3))
    #expect(type(of: wholly) == type(of: partly))
    #expect(made.isCausal == read.isCausal)
    #expect(made.predictionMicroseconds == read.predictionMicroseconds)
    #expect(made.schedule == read.schedule)
    for experts in [8, 4096] {
      let fits = [made, read].map { policy in (try? policy.checkFits(layers: 2, experts: experts)) != nil }
      #expect(fits[0] == fits[1])
    }
  }

  @Test func `the budget may be another than the planner's`() throws {
    var policy = try BalancingPolicy(
      name: "mine", planner: EPLBPlanner(slotBudget: .redundant(32)), predictor: LastStepPredictor.recipe,
      schedule: RebalanceSchedule(.every(steps: 2)))
    #expect(try policy.slots(experts: 64, ranks: 8) == 96)
    policy.slotBudget = .redundantPerRank(2)
    #expect(try policy.slots(experts: 64, ranks: 8) == 80)
  }

  @Test(arguments: [SlotBudget.total(.max), .redundant(.max), .redundantPerRank(.max), .redundantPerRank(1 << 60)])
  func `a budget beyond all bounds is an error`(budget: SlotBudget) {
    #expect(throws: InputError.self) { try budget.slots(experts: 64, ranks: 8) }
    #expect(throws: InputError.self) { try SlotBudget.total(.min).slots(experts: 64, ranks: 8) }
  }

  @Test func `a planner without replicas takes no other budget`() throws {
    var policy = BalancingPolicy.static
    policy.slotBudget = .redundantPerRank(0)
    #expect(try policy.slots(experts: 64, ranks: 8) == 64)
    policy.slotBudget = .total(72)
    #expect(
      throws: InputError(
        "72 slots for 64 experts, but this planner makes no replicas", in: "policy static", status: .usage)
    ) { try policy.slots(experts: 64, ranks: 8) }
  }

  @Test(
    arguments: [
      (
        RebalanceSchedule.Kind.every(steps: 2), nil, "predictor: missing: a planner that goes by load needs a predictor"
      ),
      (
        .initial, LastStepPredictor.recipe,
        "a plan before the first step needs a predictor that knows something by then"
      ),
      (.every(steps: 0), LastStepPredictor.recipe, "schedule: 0 steps, expected 1…1000000000"),
      (.every(steps: 2, from: -1), LastStepPredictor.recipe, "schedule: -1 steps"),
      (.threshold(balancedness: 2, checkEvery: 1), LastStepPredictor.recipe, "balancedness 2.0, expected 0…1"),
    ] as [(RebalanceSchedule.Kind, PredictorRecipe?, String)])
  func `parts that do not fit are an error`(
    kind: RebalanceSchedule.Kind, predictor: PredictorRecipe?, message: String
  ) {
    let error = #expect(throws: InputError.self) {
      try BalancingPolicy(
        name: "mine", planner: GreedyPlanner(), predictor: predictor, schedule: RebalanceSchedule(kind))
    }
    #expect(error?.description.contains(message) == true)
    #expect(error?.subject == "policy mine")
    #expect(error?.status == .usage)
  }

  /// All experts in the order of their load, hottest first: a planner of a user's own.
  private struct Sorted: PlacementPlanner {
    func plan(_ context: PlanningContext) -> Placement {
      let layers = (0..<context.shape.layers).map { layer in
        let load = Array(context.load[layer])
        return LayerPlacement(
          experts: context.shape.experts, ranks: context.shape.ranks,
          physicalToLogical: load.indices.sorted { (load[$1], $0) < (load[$0], $1) })
      }
      return Placement(ranks: context.shape.ranks, layers: layers)
    }
  }

  @Test func `a planner of one's own serves like ours`() throws {
    let policy = try BalancingPolicy(
      name: "sorted", planner: Sorted(), predictor: LastStepPredictor.recipe,
      schedule: RebalanceSchedule(.every(steps: 1)))
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 4)
    let plan = try policy.plan(
      PlanningContext(load: ExpertLoad(layers: 1, experts: 4, values: [1, 4, 2, 3]), shape: shape))
    #expect(plan.layers[0].physicalToLogical == [1, 3, 2, 0])
    #expect(policy.foreseen?.isCausal == false)
  }
}
