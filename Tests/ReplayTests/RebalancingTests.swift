import LoadBalancing
import Replay
import TestTraces
import Testing

/// Schedules, predictors and bounds on their way through a replay.
@Suite struct RebalancingTests {
  private func replay(_ policies: [BalancingPolicy], trace: SmallTrace = SmallTrace()) throws -> [PolicyResult] {
    try Fixture.replay(trace, policies).policies.dropFirst().map(\.self)
  }

  @Test func chunkedMovesReachTheSamePlanWithOneRebalance() throws {
    let once = "kind: once, at: 4"
    let results = try replay([
      Fixture.policy("whole", schedule: "{\(once)}"),
      Fixture.policy("chunked", schedule: "{\(once), layersPerStep: 1}"),
    ])
    #expect(results[0].rebalances == results[1].rebalances)
    #expect(results[0].rebalances.count == 1)
    #expect(results[0].memory.wastedSlots == results[1].memory.wastedSlots)
    #expect(results[0].balancedness != results[1].balancedness)
  }

  @Test func plansThatGainTooLittleAreSkippedAndCounted() throws {
    let result = try replay([Fixture.policy("picky", schedule: "{kind: every, steps: 4, minimumGain: 0.99}")])[0]
    #expect(result.rebalances.count == 0)
    #expect(result.rebalances.skipped == 5)
    #expect(result.time.migration == nil)
  }

  @Test func aThresholdOfZeroNeverRebalancesAndOfOneAlwaysDoes() throws {
    let results = try replay(
      [0, 1].map { try Fixture.policy("t\($0)", schedule: "{kind: threshold, balancedness: \($0), checkEvery: 4}") })
    #expect(results.map(\.rebalances.count) == [0, 5])
  }

  @Test func anOraclesDistributionErrorIsZero() throws {
    let results = try replay([
      Fixture.policy("o", predictor: "{kind: oracle}", schedule: "{kind: every, steps: 4, from: 0}"),
      Fixture.policy("m"),
    ])
    #expect(results[0].prediction?.errorMax == 0)
    #expect(try #require(results[1].prediction).errorMean > 0.05)
  }

  @Test func aPerfectTokenToExpertPredictorPlansLikeTheOracleAndPaysForIt() throws {
    let schedule = "{kind: every, steps: 4, from: 0}"
    let results = try replay([
      Fixture.policy("o", predictor: "{kind: oracle}", schedule: schedule),
      Fixture.policy(
        "t", predictor: "{kind: token-to-expert, accuracy: 1, overheadMicroseconds: 2}", schedule: schedule),
    ])
    #expect(results[0].time.comm == results[1].time.comm)
    #expect(results[1].time.prediction == 144.0)
    #expect(abs(results[1].time.total - results[0].time.total - 144) < 1e-6)
    #expect(!results[1].causal)
  }

  @Test func learnedPredictorsReportTheirAccuracy() throws {
    let schedule = "{kind: every, steps: 1, from: 8}"
    let kinds = ["nothing", "previous-layer", "token-id"]
    let trace = SmallTrace().withTokenIDs
    let policies = try kinds.map {
      try Fixture.policy($0, predictor: "{kind: learned, given: \($0), steps: 8}", schedule: schedule)
    }
    let results = try replay(policies, trace: trace)
    for result in results {
      #expect(result.causal)
      #expect((0.05...1).contains(try #require(result.prediction?.accuracy)))
    }
    // The trace turns over half way, which a fixed distribution cannot follow but a token's id tells.
    let errors = try results.map { try #require($0.prediction).errorMean }
    #expect(errors[2] < errors[0])
  }

  /// Of the step that comes next it knows what `given` says, and of the one after it nothing.
  @Test(arguments: [("nothing", false), ("previous-layer", true), ("token-id", true)])
  func `a learned predictor sees no further than the next step`(given: String, knowsNext: Bool) throws {
    let policy = try Fixture.policy(
      "p", predictor: "{kind: learned, given: \(given), steps: 8}", schedule: "{kind: once, at: 10}")
    func moves(_ trace: SmallTrace) throws -> Int {
      try replay([policy], trace: trace.withTokenIDs)[0].rebalances.movedExperts
    }
    let trace = SmallTrace()
    #expect(try moves(trace.turned(step: 11)) == moves(trace))
    #expect(try (moves(trace.turned(step: 10)) != moves(trace)) == knowsNext)
  }

  @Test(arguments: [
    ("token-id", false, "policy p: step 0: predicts from token ids, but trace 'small' has none"),
    ("previous-layer", true, "policy p: predicts tokens one by one, but trace 'small' holds counts"),
  ])
  func learnedPredictorsSayWhatTheyMiss(given: String, counted: Bool, message: String) throws {
    let policy = try Fixture.policy("p", predictor: "{kind: learned, given: \(given), steps: 4}")
    let trace = counted ? SmallTrace().counted : SmallTrace()
    #expect { try replay([policy], trace: trace) } throws: { "\($0)" == message }
  }

  @Test func noPolicyIsBelowTheLowerBound() throws {
    let rules = ["even", "nearest", "weighted", "waterfill", "optimal"]
    let results = try replay(
      rules.map {
        try Fixture.policy(
          $0, predictor: "{kind: oracle}", planner: "{kind: fractional, redundantSlotsPerRank: 1}",
          schedule: "{kind: every, steps: 1, from: 0}", dispatch: "{kind: \($0)}")
      })
    for result in results { #expect(try #require(result.optimality).gap >= 0) }
    let even = try #require(results[0].optimality)
    #expect(even.equalShareGap >= 0 && even.equalShareGap <= even.gap)
    #expect(even.equalShareLowerBound >= even.rankLoadLowerBound)
    let gap = try #require(results.last?.optimality).gap
    #expect(gap < 1e-9, "a plan for each step and optimal dispatch attain the bound")
  }

  @Test(arguments: ["even", "nearest", "weighted", "waterfill", "optimal"])
  func layersWithBudgetsOfTheirOwnCostWhatTheyCostAlone(dispatch: String) throws {
    let trace = SmallTrace(layers: 2, steps: 6).flattened(layer: 0)
    let schedule = "{kind: initial}"
    let budget = try Fixture.policy(
      "budget", predictor: "{kind: oracle}", planner: "{kind: eplb, redundantSlotsPerRank: 1, budget: per-layer}",
      schedule: schedule, dispatch: "{kind: \(dispatch)}")
    let together = try replay([budget], trace: trace)[0]
    let perRank = try #require(together.memory.slotsPerRankByLayer)
    #expect(perRank.reduce(0, +) <= 10 && Set(perRank).count == 2)
    #expect(try #require(together.optimality).gap >= 0)
    let alone = try (0..<2).map { layer in
      let policy = try Fixture.policy(
        "alone", predictor: "{kind: oracle}",
        planner: "{kind: eplb, redundantSlotsPerRank: \(perRank[layer] - 4)}", schedule: schedule,
        dispatch: "{kind: \(dispatch)}")
      return try replay([policy], trace: trace.onlyLayer(layer))[0]
    }
    #expect(abs(together.time.comm - alone[0].time.comm - alone[1].time.comm) < 1e-6)
    #expect(together.memory.replicaBytesPerRank == alone.reduce(0) { $0 + $1.memory.replicaBytesPerRank })
    #expect(together.memory.slotsPerRank == perRank.max())
  }

  @Test func budgetsMayChangeFromPlanToPlanAndLayerByLayer() throws {
    for dispatch in ["even", "optimal"] {
      let planner = "{kind: incremental, redundantSlotsPerRank: 1, maximumMoves: 8, budget: per-layer}"
      let results = try replay([
        Fixture.policy("budget", planner: planner, dispatch: "{kind: \(dispatch)}"),
        Fixture.policy(
          "chunked", planner: planner, schedule: "{kind: every, steps: 4, layersPerStep: 1}",
          dispatch: "{kind: \(dispatch)}"),
      ])
      for result in results {
        #expect(result.rebalances.count == 5)
        #expect(try #require(result.optimality).gap >= 0)
      }
    }
  }

  /// The static placement has no redundant slots; a planner that starts from it has to make room for them.
  @Test func anIncrementalPolicyUsesItsRedundantSlots() throws {
    let planner = "kind: incremental, maximumMoves: 16"
    let trace = SmallTrace()
    // In force from the first step: nothing moves, so that no move has to be worth its price.
    func deployed(_ name: String, planner: String) throws -> BalancingPolicy {
      try Fixture.policy(name, predictor: "{kind: oracle}", planner: planner, schedule: "{kind: initial}")
    }
    let policies = [
      try deployed("none", planner: "{\(planner), redundantSlotsPerRank: 0}"),
      try deployed("one", planner: "{\(planner), redundantSlotsPerRank: 1}"),
    ]
    let results = try Fixture.replay(trace, policies, setting: Fixture.setting(trace, ranks: 16)).policies
    // One expert a rank: without replicas nothing can be done.
    #expect(results[1].balancedness == results[0].balancedness)
    #expect(try #require(results[2].balancedness.rank) > #require(results[1].balancedness.rank) + 0.05)
  }

  @Test func affinityNeedsFewerCopiesThanGreedyOnTheSameTrace() throws {
    let results = try replay([
      Fixture.policy("greedy", planner: "{kind: greedy}"),
      Fixture.policy("affinity", planner: "{kind: affinity}"),
    ])
    #expect(try #require(results[1].traffic.copiesPerToken) < #require(results[0].traffic.copiesPerToken))
  }
}
