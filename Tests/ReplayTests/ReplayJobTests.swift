import Diagnostics
import LoadBalancing
import Parallelism
import Replay
import Reporting
import RoutingTrace
import TestTraces
import Testing

@Suite struct ReplayJobTests {
  @Test func resultIsTheSameAtAnyNumberOfThreads() throws {
    let trace = SmallTrace(layers: 8, experts: 32, topK: 4, steps: 30, tokens: 300)
    let policies = [
      try Fixture.policy("a"), try Fixture.policy("b", predictor: "{kind: oracle}", dispatch: "{kind: nearest}"),
    ]
    let reports = try [1, 2, 3, 8].map { try jsonText(Fixture.replay(trace, policies, threads: $0)) }
    #expect(Set(reports).count == 1)
  }

  @Test func staticPlacementIsPricedAsTheTokensSay() throws {
    let trace = SmallTrace(layers: 2, experts: 8, topK: 2, steps: 3, tokens: 21)
    let setting = try Fixture.setting(trace, ranks: 4, ranksPerNode: 2)
    let found = try Fixture.replay(trace, [], setting: setting).policies[0]
    var dispatch = 0.0
    var balance = 0.0
    for step in trace.steps {
      for layer in 0..<2 {
        let visits = step.experts[layer * 42..<(layer + 1) * 42].map(Int.init)
        let slots = (0..<21).map { [visits[2 * $0], visits[2 * $0 + 1]] }
        let traffic = TrafficCounterTests.naive(
          slots: slots, sources: (0..<21).map { $0 % 4 }, ranks: 4, ranksPerNode: 2, slotsPerRank: 2)
        dispatch += try setting.allToAll.price(traffic, payload: setting.payload).dispatch
        var load = Array(repeating: 0.0, count: 4)
        for expert in visits { load[expert / 2] += 1 }
        balance += (42 / 4) / (load.max() ?? 0)
      }
    }
    #expect(abs(found.time.dispatch - dispatch) < 1e-9 * dispatch)
    #expect(abs((found.balancedness.rank ?? 0) - balance / 6) < 1e-12)
    #expect(found.time.comm == found.time.dispatch + (found.time.combine ?? 0))
    #expect(found.time.moeLower <= found.time.moeUpper)
    #expect(found.improvement.comm == 0)
  }

  @Test func sourcesComeFromTheRecordingElseTheSequenceElseTheIndex() throws {
    let trace = SmallTrace(layers: 1, experts: 8, topK: 1, steps: 1, tokens: 8)
    var step = trace.steps[0]
    step.experts = Array(repeating: 0, count: 8)
    func copiesOut(_ step: RoutingStep) throws -> Double {
      let source = StoredSteps(header: trace.header, steps: [step])
      let job = ReplayJob(
        setting: try Fixture.setting(trace), baseline: .static, policies: [], seed: 0, threads: 1)
      let traffic = try job.run(on: source).result.policies[0].traffic
      return (traffic.scaleUpBytes + traffic.scaleOutBytes) / 2048
    }
    // Expert 0 is on rank 0. By index 2 of 8 tokens start there.
    #expect(try copiesOut(step) > 0)
    step.sequences = Array(repeating: 4, count: 8)
    #expect(try copiesOut(step) == 0)
    step.sources = Array(repeating: 1, count: 8)
    #expect(try copiesOut(step) == 8)
  }

  @Test func aCausalPolicyRunsAsStaticUntilItsFirstRebalance() throws {
    let trace = SmallTrace(steps: 8)
    let late = "{kind: once, at: 8}"
    let result = try Fixture.replay(
      trace,
      [
        Fixture.policy("late", planner: "{kind: greedy}", schedule: late),
        Fixture.policy("filled", schedule: late), Fixture.policy("never", schedule: "{kind: never}"),
      ])
    #expect(result.policies[1].time == result.policies[0].time)
    // Redundant slots are filled from the start, as servers do, and serve.
    #expect(result.policies[2].time == result.policies[3].time)
    #expect(result.policies[2].time != result.policies[0].time)
    #expect(
      result.notes.filter { $0.contains("never rebalanced") } == [
        "Policies late, filled: never rebalanced and kept the placement of the beginning."
      ])
  }

  @Test func theFutureDoesNotReachACausalPolicy() throws {
    let trace = SmallTrace(steps: 12)
    var changed = trace.steps
    for step in 8..<12 { changed[step].experts = changed[step].experts.map { $0 ^ 1 } }
    let policy = try Fixture.policy("eplb", schedule: "{kind: every, steps: 4}")
    func firstSteps(_ steps: [RoutingStep]) throws -> [Double] {
      let source = StoredSteps(header: trace.header, steps: steps)
      let replay = try PolicyReplay(policy, on: [Fixture.setting(trace)], foresight: nil)
      let batch = try #require(
        try StepBatch(readingFrom: source, first: 0, sources: [Fixture.setting(trace).sourceAssignment]))
      let queue = WorkQueue()
      ReplayGroup([replay]).begin(batch, on: queue, threads: 2)
      try queue.run(threads: 2)
      return Array(replay.totals[0].time.commPerStep.prefix(8))
    }
    #expect(try firstSteps(trace.steps) == firstSteps(changed))
  }

  /// What is moved before a step does not depend on that step, however unlike the others it is.
  @Test(arguments: [
    "{kind: last}", "{kind: moving-average, window: 4}", "{kind: exponential, halfLife: 2}",
    "{kind: historical, steps: 8}", "{kind: learned, given: nothing, steps: 8}",
  ])
  func aPlanDoesNotKnowTheStepItIsMadeFor(predictor: String) throws {
    let trace = SmallTrace(steps: 9)
    var changed = trace.steps
    changed[8].experts = changed[8].experts.indices.map { UInt16(14 + $0 % 2) }
    let policies = try ["eplb", "fractional", "duplicate-hottest"].map {
      try Fixture.policy(
        $0, predictor: predictor, planner: "{kind: \($0), redundantSlotsPerRank: 1}", schedule: "{kind: once, at: 8}")
    }
    func moves(_ steps: [RoutingStep]) throws -> [PolicyResult.Rebalances] {
      let job = ReplayJob(
        setting: try Fixture.setting(trace), baseline: .static, policies: policies, seed: 0, threads: 2)
      return try job.run(on: StoredSteps(header: trace.header, steps: steps)).result.policies
        .dropFirst().map(\.rebalances)
    }
    let found = try moves(trace.steps)
    #expect(found.allSatisfy { $0.movedExperts > 0 })
    #expect(try moves(changed) == found)
  }

  @Test func betterKnowledgeDoesNotBalanceWorse() throws {
    let trace = SmallTrace(layers: 4, experts: 32, topK: 2, steps: 40, tokens: 400)
    let causal = try Fixture.policy("eplb")
    let oracle = try Fixture.policy("oracle", predictor: "{kind: oracle}")
    let policies = try Fixture.replay(trace, [causal, oracle]).policies
    let balance = policies.map { $0.balancedness.rank ?? 0 }
    #expect(balance[0] < balance[1])
    #expect(balance[1] < balance[2])
    #expect(policies.map(\.causal) == [true, true, false])
  }

  @Test(arguments: [
    "{kind: every, steps: 3}", "{kind: every, steps: 2, planSteps: 3}",
    "{kind: every, steps: 3, migration: overlapped}",
  ])
  func batchesDoNotShowInTheResult(schedule: String) throws {
    let trace = SmallTrace(steps: 10)
    let policy = try Fixture.policy("eplb", schedule: schedule)
    let setting = try Fixture.setting(trace)
    func comm(cuts: [Int]) throws -> [Double] {
      let replay = try PolicyReplay(policy, on: [setting], foresight: nil)
      let group = ReplayGroup([replay])
      for (lower, upper) in zip(cuts, cuts.dropFirst()) {
        let source = StoredSteps(header: trace.header, steps: Array(trace.steps[lower..<upper]))
        let batch = try #require(try StepBatch(readingFrom: source, first: lower, sources: [setting.sourceAssignment]))
        let queue = WorkQueue()
        group.begin(batch, on: queue, threads: 2)
        try queue.run(threads: 2)
      }
      return replay.totals[0].time.commPerStep
    }
    #expect(try comm(cuts: [0, 10]) == comm(cuts: [0, 1, 3, 4, 9, 10]))
  }

  @Test func aTraceWithoutStepsHasNoTimes() throws {
    let trace = SmallTrace(steps: 0)
    let result = try Fixture.replay(trace, [try Fixture.policy("eplb")])
    #expect(result.trace.steps == 0)
    #expect(result.policies.allSatisfy { $0.time.comm == 0 && $0.commPerStep == nil && $0.balancedness.rank == nil })
  }

  @Test func countsGiveWhatTokensGiveOnAverage() throws {
    let trace = SmallTrace(layers: 2, experts: 16, topK: 2, steps: 40, tokens: 4000)
    let exact = try Fixture.replay(trace, []).policies[0]
    let expected = try Fixture.replay(trace.counted, [], setting: Fixture.setting(trace.counted)).policies[0]
    #expect(exact.balancedness.rank == expected.balancedness.rank)
    let copies = try #require(exact.traffic.copiesPerToken)
    #expect(abs((expected.traffic.copiesPerToken ?? 0) / copies - 1) < 0.02)
    #expect(abs(expected.time.dispatch / exact.time.dispatch - 1) < 0.05)
  }

  @Test func tokensOfCountsAreVisitsOverTheModelsTopKWhereTheTraceDoesNotSay() throws {
    let counted = SmallTrace(steps: 2).counted
    var header = counted.header
    header.topK = nil
    let visits = counted.steps.map { step in
      var step = step
      step.tokens *= 2
      return step
    }
    let setting = try ReplaySetting(
      header: header, cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2),
      model: Fixture.model(experts: 16, topK: 2, layers: 3))
    let result = try ReplayJob(setting: setting, policies: []).run(on: StoredSteps(header: header, steps: visits))
      .result
    #expect(result.trace.tokens == counted.steps.reduce(0) { $0 + $1.tokens })
  }

  @Test("A counts step with fewer loaded experts than top-k is priced as its visits are")
  func fewExpertsAreNotFree() throws {
    let header = TraceHeader(name: "few", content: .counts, layerNumbers: [0], experts: 8, topK: 4)
    var counts = Array(repeating: UInt64(0), count: 8)
    (counts[4], counts[6]) = (80, 80)
    let step = RoutingStep(number: 0, phase: .decode, tokens: 40, counts: counts)
    let setting = try ReplaySetting(
      header: header, cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2),
      model: Fixture.model(experts: 8, topK: 4, layers: 1))
    let source = StoredSteps(header: header, steps: [step])
    let result = try ReplayJob(setting: setting, policies: []).run(on: source).result.policies[0]
    // 80 tokens, 20 on each rank, all of which visit ranks 2 and 3 of the other node.
    #expect(result.traffic.copiesPerToken == 2)
    #expect(result.traffic.nodesPerToken == 1)
    #expect(result.traffic.scaleOutBytes == 40 * 2048)
    #expect(result.time.dispatch > 0)
  }

  @Test func aModelOfAnotherShapeIsRefused() throws {
    let trace = SmallTrace()
    #expect(throws: InputError.self) {
      try ReplaySetting(
        header: trace.header, cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2),
        model: Fixture.model(experts: 32, topK: 2, layers: 3))
    }
    #expect(throws: InputError.self) {
      try ReplaySetting(
        header: trace.header, cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2),
        model: Fixture.model(experts: 16, topK: 4, layers: 3))
    }
  }
}
