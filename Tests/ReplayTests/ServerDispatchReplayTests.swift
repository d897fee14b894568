import Diagnostics
import LoadBalancing
import Replay
import Reporting
import RoutingTrace
import TestTraces
import Testing

/// Replica rules of serving systems in a replay: what they are shown, what they cost, and where they refuse.
@Suite struct ServerDispatchReplayTests {
  /// Every rule with its options, as a policy file has it.
  static let sections = [
    "{kind: vllm}", "{kind: vllm-hashed}", "{kind: tensorrt}", "{kind: tensorrt, offsetByRank: false}",
    "{kind: ascend-fixed}", "{kind: ascend-fixed, tensorParallel: 2}", "{kind: ascend-periodic}", "{kind: atom}",
    "{kind: sglang-static}", "{kind: sglang-static, seed: 7}", "{kind: sglang-dynamic}",
    "{kind: sglang-dynamic, among: nearest, seed: 3}", "{kind: lp}", "{kind: lp, from: last, seed: 2}",
    "{kind: lp, from: prediction}", "{kind: optimal, from: step}", "{kind: optimal, from: last}",
    "{kind: optimal, from: prediction}",
  ]

  @Test func resultsHaveTheSameBytesAtAnyNumberOfThreads() throws {
    let trace = SmallTrace(layers: 8, experts: 32, topK: 4, steps: 20, tokens: 300)
    let policies = try Self.sections.enumerated().map { try Fixture.policy("p\($0)", dispatch: $1) }
    let reports = try [1, 3].map { try jsonText(Fixture.replay(trace, policies, threads: $0)) }
    #expect(Set(reports).count == 1)
  }

  @Test func everyOptionChangesSomething() throws {
    let trace = SmallTrace(layers: 3, experts: 32, topK: 4, steps: 20, tokens: 301)
    let results = try Self.sections.enumerated().map {
      try Fixture.replay(trace, [try Fixture.policy("p", dispatch: $1)]).policies[1]
    }
    let balances = results.map(\.balancedness.rank)
    // `optimal` from the step is the one without the option; all others differ.
    #expect(Set(balances).count == Self.sections.count)
    #expect(
      try balances.contains(
        Fixture.replay(trace, [Fixture.policy("p", dispatch: "{kind: optimal}")])
          .policies[1].balancedness.rank))
  }

  /// Writes down the load that it is shown.
  private struct Watcher: ReplicaDispatch {
    final class Log: Sendable {
      let seen = Guarded<[[Int]: [Double]?]>([:])
    }

    let log: Log
    let shownLoad: ShownLoad
    private var even = EvenDispatch()

    init(_ log: Log, _ shownLoad: ShownLoad) {
      self.log = log
      self.shownLoad = shownLoad
    }

    mutating func assign(
      experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext,
      into slots: inout MutableSpan<UInt16>
    ) {
      log.seen.withLock { $0[[context.step, context.layer]] = .some(context.shownLoad) }
      even.assign(experts: experts, sources: sources, in: context, into: &slots)
    }

    var dependsOnSource: Bool { false }

    func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
      context.placement.shares
    }
  }

  private func shown(
    _ kind: ShownLoad, in trace: SmallTrace, schedule: RebalanceSchedule.Kind = .every(steps: 4)
  ) throws -> [[Int]: [Double]?] {
    let log = Watcher.Log()
    let policy = try BalancingPolicy(
      name: "watcher", planner: EPLBPlanner(slotBudget: .redundantPerRank(1)),
      predictor: MovingAveragePredictor.recipe(window: 4), schedule: RebalanceSchedule(schedule),
      dispatch: { Watcher(log, kind) })
    _ = try Fixture.replay(trace, [policy])
    return log.seen.withLock { $0 }
  }

  private func load(_ trace: SmallTrace, steps: Range<Int>, layer: Int) -> [Double] {
    var load = ExpertLoad(zeroFor: trace.header.layers, experts: trace.header.experts)
    for step in trace.steps[steps] { load.add(step) }
    return Array(load[layer])
  }

  /// So many steps that they do not fit one batch.
  @Test func aRuleIsShownTheLastStepsLoad() throws {
    let trace = SmallTrace(layers: 2, experts: 2048, topK: 1, steps: 600, tokens: 2)
    let seen = try shown(.lastStep, in: trace, schedule: .every(steps: 500))
    #expect(seen.count == 1200)
    for step in 0..<600 {
      for layer in 0..<2 {
        let expected = step == 0 ? nil : load(trace, steps: step - 1..<step, layer: layer)
        // Not compared by the macro, which would print thousands of numbers.
        let isRight = seen[[step, layer]] == .some(expected)
        #expect(isRight, "step \(step), layer \(layer)")
      }
    }
  }

  @Test func aRuleIsShownWhatTheLastPlanWasMadeFrom() throws {
    let trace = SmallTrace(layers: 2, steps: 14)
    let seen = try shown(.prediction, in: trace)
    for step in 0..<14 {
      let over = step / 4 * 4
      let expected = over == 0 ? nil : load(trace, steps: over - 4..<over, layer: 1)
      #expect(seen[[step, 1]] == .some(expected), "step \(step)")
    }
    #expect(try shown(.none, in: trace).values.allSatisfy { $0 == nil })
  }

  @Test func countsAreRefusedWhereTheRouterOrderDecides() throws {
    let counted = SmallTrace().counted
    let error = #expect(throws: InputError.self) {
      try Fixture.replay(counted, [Fixture.policy("a", dispatch: "{kind: vllm}")], setting: countsSetting(counted))
    }
    #expect(error?.status == .usage)
    #expect(
      error?.description == "policy a: its dispatch rule goes by an expert's place in a token's top-k, but trace "
        + "'small' holds counts; 'even' is what it comes to if places are random")
  }

  private func countsSetting(_ trace: SmallTrace) throws -> ReplaySetting {
    try ReplaySetting(
      header: trace.header, cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2),
      model: Fixture.model(experts: 16, topK: 2, layers: 3))
  }

  /// The expectation of a rule is near what tokens come to under it; `last` sees the same loads either way.
  @Test func countsArePricedByWhatARuleComesToInTheLongRun() throws {
    let trace = SmallTrace(tokens: 2000)
    let policies = try Self.sections.filter { !$0.contains("vllm}") }.enumerated().map {
      try Fixture.policy("p\($0)", dispatch: $1)
    }
    let counted = trace.counted
    let observed = try Fixture.replay(trace, policies).policies
    let expected = try Fixture.replay(counted, policies, setting: countsSetting(counted)).policies
    for (observed, expected) in zip(observed, expected) {
      let (tokens, counts) = (observed.balancedness.rank ?? 0, expected.balancedness.rank ?? 0)
      #expect(abs(tokens - counts) < 0.04, "\(observed.name): \(tokens), \(counts)")
    }
  }

  @Test func aRecordingWhoseExpertsWereSortedIsFoundOut() throws {
    let rules = ["{kind: vllm}", "{kind: vllm-hashed}"]
    let policies = try rules.map { try Fixture.policy(String($0.dropFirst(7).dropLast()), dispatch: $0) }
    let notes = try Fixture.replay(SmallTrace().sorted, policies).notes.filter { $0.contains("sorted") }
    #expect(
      notes == [
        "Policy vllm: the dispatch rule goes by an expert's place in a token's top-k, but every token's experts ascend "
          + "by id here: whoever recorded them sorted them, and a server's choices were others."
      ])
    #expect(try Fixture.replay(SmallTrace(), policies).notes.allSatisfy { !$0.contains("sorted") })
    // Two tokens in three layers may ascend by chance.
    let few = SmallTrace(steps: 1, tokens: 2).sorted
    #expect(try Fixture.replay(few, policies).notes.allSatisfy { !$0.contains("sorted") })
    #expect(
      try Fixture.replay(SmallTrace(topK: 1), policies).notes.allSatisfy { !$0.contains("sorted") })
  }

  @Test func solvingOnTheWayIsPaidForInEveryLayerOfEveryStep() throws {
    let trace = SmallTrace()
    for kind in ["optimal", "lp"] {
      let policies = try [
        Fixture.policy("free", dispatch: "{kind: \(kind)}"),
        Fixture.policy("paid", dispatch: "{kind: \(kind), overheadMicroseconds: 100}"),
      ]
      let results = try Fixture.replay(trace, policies).policies
      #expect(results[2].time.prediction == 100.0 * 3 * 24)
      #expect(abs(results[2].time.total - results[1].time.total - 7200) < 1e-6)
    }
  }

  @Test(arguments: [
    ("{kind: optimal, from: prediction}", "never", "from: prediction: needs a predictor, and a schedule that asks it"),
    ("{kind: lp, from: last, overheadMicroseconds: 5}", "never", "nothing is solved on the way with from: last"),
    ("{kind: optimal, from: lst}", "never", "did you mean 'last'"),
    ("{kind: vlm}", "never", "did you mean 'vllm'"),
    ("{kind: vllm, seed: 1}", "never", "seed"),
    ("{kind: ascend-fixed, tensorParallel: 0}", "never", "tensorParallel"),
  ])
  func mistakesAreOneLine(dispatch: String, schedule: String, message: String) throws {
    let error = #expect(throws: InputError.self) {
      try Fixture.policy("p", schedule: "{kind: \(schedule)}", dispatch: dispatch)
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("\n") == false)
  }
}
