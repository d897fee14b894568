import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import TestTraces
import Testing

/// When experts move and what it takes, as servers do it.
@Suite struct MovementReplayTests {
  /// Hands out plans in turn, and writes down the load that each was made from.
  private struct TurnPlanner: PlacementPlanner {
    final class Log: Sendable {
      let loads = Guarded<[ExpertLoad]>([])
    }

    let log: Log
    /// `[plans][layers][slots]`.
    let plans: [[[Int]]]
    var slotBudget = SlotBudget.onePerExpert

    func plan(_ context: PlanningContext) -> Placement {
      let number = log.loads.withLock { loads in
        loads.append(context.load)
        return loads.count - 1
      }
      let shape = context.shape
      return Placement(
        ranks: shape.ranks,
        layers: plans[number % plans.count].map {
          LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: $0)
        })
    }
  }

  /// Writes down the placement of every layer and step.
  private struct Watcher: ReplicaDispatch {
    final class Log: Sendable {
      let seen = Guarded<[[Int]: [Int]]>([:])
    }

    let log: Log
    private var even = EvenDispatch()

    init(_ log: Log) { self.log = log }

    mutating func assign(
      experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext,
      into slots: inout MutableSpan<UInt16>
    ) {
      log.seen.withLock { $0[[context.step, context.layer]] = context.placement.physicalToLogical }
      even.assign(experts: experts, sources: sources, in: context, into: &slots)
    }

    var dependsOnSource: Bool { false }

    func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
      context.placement.shares
    }
  }

  private static let trace = SmallTrace(layers: 3, experts: 8, steps: 30)
  private static let initial = Array(0..<8)
  private static let turned = [2, 3, 4, 5, 6, 7, 0, 1]
  private static let crossed = [6, 7, 4, 5, 2, 3, 0, 1]

  private struct Run {
    var result: PolicyResult
    /// `[steps][layers]` placements.
    var placements: [[[Int]]]
    var loads: [ExpertLoad]
  }

  private func run(_ schedule: RebalanceSchedule, window: Int = 100, plans: [[Int]] = [turned, crossed]) throws -> Run {
    let (watched, planned) = (Watcher.Log(), TurnPlanner.Log())
    let policy = try BalancingPolicy(
      name: "p", planner: TurnPlanner(log: planned, plans: plans.map { Array(repeating: $0, count: 3) }),
      predictor: MovingAveragePredictor.recipe(window: window), schedule: schedule, dispatch: { Watcher(watched) })
    let result = try Fixture.replay(Self.trace, [policy]).policies[1]
    let seen = watched.seen.withLock { $0 }
    let placements = (0..<30).map { step in (0..<3).map { seen[[step, $0], default: []] } }
    return Run(result: result, placements: placements, loads: planned.loads.withLock { $0 })
  }

  private func load(_ steps: Range<Int>) -> ExpertLoad {
    var load = ExpertLoad(zeroFor: 3, experts: 8)
    for step in Self.trace.steps[steps] { load.add(step) }
    return load
  }

  /// Collect 5, plan 4, then a layer a step: a round is 12 steps.
  @Test func aCycleCollectsPlansAndChangesOneLayerAStep() throws {
    let run = try run(RebalanceSchedule(.cycle(collect: 5, plan: 4)))
    for step in 0..<30 {
      for layer in 0..<3 {
        let expected = step < 9 + layer ? Self.initial : step < 21 + layer ? Self.turned : Self.crossed
        #expect(run.placements[step][layer] == expected, "step \(step), layer \(layer)")
      }
    }
    // The second round forgets the first; the third begins with step 24.
    #expect(run.loads == [load(0..<5), load(12..<17), load(24..<29)])
    #expect(run.result.rebalances.count == 2)
  }

  @Test func aCycleChangesSeveralLayersAStepIfAsked() throws {
    let run = try run(RebalanceSchedule(.cycle(collect: 5, plan: 0), layersPerStep: 2))
    #expect(run.placements[4] == Array(repeating: Self.initial, count: 3))
    #expect(run.placements[5] == [Self.turned, Self.turned, Self.initial])
    #expect(run.placements[6] == Array(repeating: Self.turned, count: 3))
    // A round is 7 steps.
    #expect(run.loads.prefix(2) == [load(0..<5), load(7..<12)])
  }

  @Test func aPlanThatTakesStepsIsThereLaterAndOldAsItIs() throws {
    var schedule = RebalanceSchedule(.every(steps: 10))
    schedule.planSteps = 3
    let run = try run(schedule)
    #expect(run.placements[12] == Array(repeating: Self.initial, count: 3))
    #expect(run.placements[13] == Array(repeating: Self.turned, count: 3))
    #expect(run.placements[22] == Array(repeating: Self.turned, count: 3))
    #expect(run.placements[23] == Array(repeating: Self.crossed, count: 3))
    #expect(run.loads == [load(0..<10), load(0..<20)])
  }

  @Test func aPlanIsNotMadeWhileRanksAreEvenEnough() throws {
    var schedule = RebalanceSchedule(.every(steps: 10))
    let balancedness = try run(schedule, plans: [Self.initial]).result.balancedness.rank ?? 0
    // Even enough in the first ten steps, and not afterwards, or the other way round.
    let each = try [0, 10].map { from in
      try Fixture.replay(Self.trace.part(from..<from + 10), []).policies[0].balancedness.rank ?? 0
    }
    #expect(each[0] != each[1])
    #expect(min(each[0], each[1]) < balancedness)
    for threshold in [0.01, (each[0] + each[1]) / 2, 1] {
      schedule.unlessBalanced = threshold
      let run = try run(schedule, plans: [Self.initial])
      #expect(run.loads.count == each.count { $0 <= threshold }, "\(each), \(threshold)")
      #expect(run.result.rebalances.skipped == each.count { $0 > threshold })
    }
  }

  @Test func aLayerWhosePlanDoublesAnExpertOnARankKeepsItsPlacement() throws {
    let (watched, planned) = (Watcher.Log(), TurnPlanner.Log())
    let doubled = [0, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2]
    let plain = [0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3]
    let initial = (0..<12).map { $0 % 8 }
    for drops in [false, true] {
      var planner = TurnPlanner(log: planned, plans: [[doubled, [3, 4, 5] + plain.dropFirst(3), doubled]])
      planner.slotBudget = .redundantPerRank(1)
      var rule = MigrationRule.blocking
      rule.dropsDuplicates = drops
      let policy = try BalancingPolicy(
        name: "p", planner: planner, predictor: MovingAveragePredictor.recipe(window: 9),
        schedule: RebalanceSchedule(.every(steps: 10), migration: rule), dispatch: { Watcher(watched) })
      _ = try Fixture.replay(Self.trace, [policy])
      let seen = watched.seen.withLock { $0 }
      #expect(seen[[20, 0]] == (drops ? initial : doubled))
      #expect(seen[[20, 1]]?.prefix(3) == [3, 4, 5])
    }
  }

  private func stall(_ migration: MigrationRule, layersPerStep: Int? = nil) throws -> Double {
    try run(RebalanceSchedule(.once(at: 10), migration: migration, layersPerStep: layersPerStep))
      .result.time.migration ?? 0
  }

  @Test func everyLayerThatMovesTakesItsFixedCost() throws {
    var rule = MigrationRule.blocking
    let free = try stall(rule)
    rule.microsecondsPerLayer = 500
    #expect(abs(try stall(rule) - free - 1500) < 1e-6)
    let slow = try stall(rule, layersPerStep: 1)
    rule.microsecondsPerLayer = 0
    #expect(abs(try slow - stall(rule, layersPerStep: 1) - 1500) < 1e-6)
  }

  /// Two ranks of a node swap what they hold in every layer: one batch each way, one after another.
  @Test func batchesOfPairsComeOneAfterAnother() throws {
    let cluster = try Fixture.cluster(ranks: 2, ranksPerNode: 2)
    let old = LayerPlacement(experts: 4, ranks: 2, physicalToLogical: [0, 1, 2, 3])
    let new = LayerPlacement(experts: 4, ranks: 2, physicalToLogical: [2, 3, 0, 1])
    var transfers = ExpertTransfers(ranks: 2, ranksPerNode: 2)
    for _ in 0..<3 { transfers.add(from: old, to: new) }
    var rule = MigrationRule.blocking
    // 200 GB/s is 200,000 bytes per microsecond; two experts of 1 MB take 10, after 10 of latency.
    #expect(abs(try MovePrice(rule, cluster: cluster, expertBytes: 1e6).cost(of: transfers.layers).time - 40) < 1e-9)
    rule.batches = .pairs
    #expect(abs(try MovePrice(rule, cluster: cluster, expertBytes: 1e6).cost(of: transfers.layers).time - 120) < 1e-9)
    rule.microsecondsPerLayer = 7
    #expect(abs(try MovePrice(rule, cluster: cluster, expertBytes: 1e6).cost(of: transfers.layers).time - 141) < 1e-9)
    #expect(try MovePrice(rule, cluster: cluster, expertBytes: 1e6).cost(of: []).time == 0)
  }

  /// One rank has an expert that three others need; the server asks it for all, though another has it too.
  @Test func whoSendsDecidesHowLongItTakes() throws {
    let old = LayerPlacement(experts: 4, ranks: 4, physicalToLogical: [0, 1, 0, 2, 3, 3, 3, 3])
    let new = LayerPlacement(experts: 4, ranks: 4, physicalToLogical: [0, 1, 0, 2, 3, 0, 3, 0])
    let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 4)
    let times = try ["any", "vllm", "sglang", "ascend"].map { senders in
      var rule = MigrationRule.blocking
      rule.senders = senders
      var transfers = ExpertTransfers(ranks: 4, ranksPerNode: 4, rule: rule)
      transfers.add(from: old, to: new)
      return try MovePrice(rule, cluster: cluster, expertBytes: 1e6).cost(of: transfers.layers).time
    }
    #expect(times == [15, 15, 15, 20])
  }

  @Test func aPolicyFileSaysAllOfIt() throws {
    let schedule = try Fixture.policy(
      "p",
      schedule: """
        {kind: cycle, collect: 600, plan: 50, layersPerStep: 2, unlessBalanced: 0.9,
          migration: {kind: overlapped, senders: ascend, batches: pairs, perLayer: 2 ms, keepSlots: true,
            dropDuplicates: true}}
        """
    ).schedule
    var expected = RebalanceSchedule(.cycle(collect: 600, plan: 50), migration: .overlapped, layersPerStep: 2)
    expected.unlessBalanced = 0.9
    expected.migration.senders = "ascend"
    expected.migration.batches = .pairs
    expected.migration.microsecondsPerLayer = 2000
    expected.migration.keepsSlots = true
    expected.migration.dropsDuplicates = true
    #expect(schedule == expected)
    #expect(try Fixture.policy("p", schedule: "{kind: every, steps: 9, planSteps: 4}").schedule.planSteps == 4)
  }

  @Test(arguments: [
    ("{kind: every, steps: 4, migration: {kind: blocking, senders: vlm}}", "did you mean 'vllm'"),
    ("{kind: every, steps: 4, migration: {kind: blocking, batches: pair}}", "did you mean 'pairs'"),
    ("{kind: cycle, collect: 4, plan: 2, planSteps: 1}", "a cycle says in 'plan' how many steps a plan takes"),
    ("{kind: cycle, collect: 4, plan: 2, migration: {kind: overlapped, onBusy: replace}}", "waits for the one on"),
    ("{kind: every, steps: 4, planSteps: 1, migration: {kind: overlapped, onBusy: replace}}", "waits for the one on"),
    ("{kind: cycle, collect: 0, plan: 2}", "collect"), ("{kind: every, steps: 4, unlessBalanced: 2}", "unlessBalanced"),
    ("{kind: every, steps: 4, migration: {kind: blocking, perLayer: 2}}", "perLayer"),
  ])
  func mistakesAreOneLine(schedule: String, message: String) throws {
    let error = #expect(throws: InputError.self) { try Fixture.policy("p", schedule: schedule) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }

  @Test func rulesMadeInCodeAreCheckedToo() {
    var misspelt = MigrationRule.blocking
    misspelt.senders = "vlm"
    var negative = MigrationRule.blocking
    negative.microsecondsPerLayer = -1
    var hasty = RebalanceSchedule(.every(steps: 4), migration: MigrationRule(.overlapped, onBusy: .replace))
    hasty.planSteps = 2
    for schedule in [
      RebalanceSchedule(.every(steps: 4), migration: misspelt),
      RebalanceSchedule(.every(steps: 4), migration: negative), hasty,
    ] {
      #expect(throws: InputError.self) {
        try BalancingPolicy(name: "p", planner: RandomPlanner(seed: 0), schedule: schedule)
      }
    }
  }
}
