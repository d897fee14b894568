import LoadBalancing
import Randomness
import Testing

/// Laws of `best` on random steps: priced by the hottest rank of each step.
@Suite struct BestPlannerTests {
  static let shape = PlacementShape(layers: 2, experts: 12, ranks: 4, nodes: 2, groups: 1, slots: 16)

  /// Steps in which experts 0 and 1, and 2 and 3, are hot together.
  static func steps(seed: UInt64) -> [ExpertLoad] {
    var generator = SeededGenerator(seed: seed)
    return (0..<8).map { step in
      let values = (0..<2 * 12).map { index in
        let isHot = index % 12 < 4 && (index % 12 / 2 == step % 2)
        return Double(generator.below(20) + (isHot ? 60 : 0))
      }
      return ExpertLoad(layers: 2, experts: 12, values: values)
    }
  }

  static func peak(_ layer: Int, _ placement: LayerPlacement, _ steps: [ExpertLoad]) -> Double {
    steps.reduce(0) { $0 + (placement.rankLoads(of: $1[layer]).max() ?? 0) } / Double(steps.count)
  }

  static func context(
    seed: UInt64, moves: MoveOutlook? = nil, target: ServingTarget = .any, current: Placement? = nil
  ) -> PlanningContext {
    let steps = steps(seed: seed)
    var load = ExpertLoad(zeroFor: 2, experts: 12)
    for step in steps { load += step }
    var context = PlanningContext(load: load, shape: shape, current: current, moves: moves, target: target)
    context.trial = PlacementTrial(loads: steps, span: 8) { peak($0, $1, steps) }
    return context
  }

  static let planner = BestPlanner(slotBudget: .redundantPerRank(1))

  static let others: [any PlacementPlanner] = [
    StaticPlanner(), EPLBPlanner(slotBudget: .redundantPerRank(1)), FractionalPlanner(slotBudget: .redundantPerRank(1)),
    EvenSharePlanner(slotBudget: .redundantPerRank(1)), DuplicateHottestPlanner(slotBudget: .redundantPerRank(1)),
    IncrementalPlanner(slotBudget: .redundantPerRank(1), maximumMoves: 4, balancedness: 1),
  ]

  @Test(arguments: UInt64(1)...8) func noOtherPlanIsCheaperInAnyLayer(seed: UInt64) throws {
    let context = Self.context(seed: seed)
    let steps = Self.steps(seed: seed)
    let plan = try Self.planner.plan(context)
    for other in Self.others {
      let rival = try other.plan(context)
      for layer in 0..<2 {
        #expect(
          Self.peak(layer, plan.layers[layer], steps) <= Self.peak(layer, rival.layers[layer], steps) * (1 + 1e-9))
      }
    }
    #expect(plan.layers.allSatisfy { $0.slots == 16 && $0.sharesSumToOne })
    #expect(plan == (try Self.planner.plan(context)), "the same plan every time")
  }

  /// On most of these loads the search finds what no planner of sums did.
  @Test func theSearchIsCheaperThanAllOthers() throws {
    let won = try (UInt64(1)...8).count { seed in
      let (context, steps) = (Self.context(seed: seed), Self.steps(seed: seed))
      let best =
        try Self.others.map { planner in
          let plan = try planner.plan(context)
          return (0..<2).reduce(0) { $0 + Self.peak($1, plan.layers[$1], steps) }
        }.min() ?? 0
      let plan = try Self.planner.plan(context)
      return (0..<2).reduce(0) { $0 + Self.peak($1, plan.layers[$1], steps) } < best * 0.99
    }
    #expect(won >= 6)
  }

  @Test(arguments: UInt64(1)...4) func whatCostsMoreThanItSavesIsNotMoved(seed: UInt64) throws {
    let current = Placement.initial(Self.shape)
    let dear = MoveOutlook(horizon: 10) { _, _, _ in .init(wait: 1e9, steps: 0) }
    #expect(try Self.planner.plan(Self.context(seed: seed, moves: dear, current: current)) == current)
    let late = MoveOutlook(horizon: 10) { _, _, _ in .init(wait: 0, steps: 11) }
    #expect(try Self.planner.plan(Self.context(seed: seed, moves: late, current: current)) == current)
    let cheap = MoveOutlook(horizon: 10) { _, _, _ in .init(wait: 0.1, steps: 0) }
    #expect(try Self.planner.plan(Self.context(seed: seed, moves: cheap, current: current)) != current)
  }

  @Test(arguments: ServingTarget.registry.names) func plansAreWhatTheTargetCanExpress(name: String) throws {
    let target = try ServingTarget.registry.named(name, option: "target")
    for seed in UInt64(1)...3 {
      let even = EvenSharePlanner(slotBudget: .total(16))
      let current = try target.allowsDuplicates ? nil : even.plan(Self.context(seed: 9))
      let plan = try Self.planner.plan(Self.context(seed: seed, target: target, current: current))
      #expect(target.objection(to: plan, numbers: [0, 1]) == nil)
    }
  }

  /// The sums of all experts are the same, so that any placement is even on them; in each step two are hot.
  @Test func whatIsHotTogetherIsTakenApart() throws {
    let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 4)
    let steps = [[20.0, 20, 0, 0], [0, 0, 20, 20]].map { ExpertLoad(layers: 1, experts: 4, values: $0) }
    var context = PlanningContext(load: ExpertLoad(layers: 1, experts: 4, values: [20, 20, 20, 20]), shape: shape)
    context.trial = PlacementTrial(loads: steps, span: 2) { Self.peak($0, $1, steps) }
    let plan = try BestPlanner(slotBudget: .redundant(0)).plan(context)
    #expect(Self.peak(0, plan.layers[0], steps) == 20)
  }
}
