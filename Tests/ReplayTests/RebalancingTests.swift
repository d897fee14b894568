import Diagnostics
import LoadBalancing
import Replay
import Testing

/// Schedules, predictors and bounds on their way through a replay.
@Suite struct RebalancingTests {
  private func replay(_ policies: [BalancingPolicy], trace: SmallTrace = SmallTrace()) throws -> [PolicyResult] {
    try ReplayJobTests.replay(trace, policies).policies.dropFirst().map(\.self)
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

  @Test func chunkedMovesNeedLessRoomForArrivals() throws {
    let overlapped = "kind: once, at: 4, migration: overlapped"
    let results = try replay([
      Fixture.policy("whole", schedule: "{\(overlapped)}"),
      Fixture.policy("chunked", schedule: "{\(overlapped), layersPerStep: 1}"),
    ])
    let whole = try #require(results[0].memory.arrivalBytesPerRank)
    #expect(try #require(results[1].memory.arrivalBytesPerRank) < whole)
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

  @Test func affinityNeedsFewerCopiesThanGreedyOnTheSameTrace() throws {
    let results = try replay([
      Fixture.policy("greedy", planner: "{kind: greedy}"),
      Fixture.policy("affinity", planner: "{kind: affinity, tolerance: 0.5}"),
    ])
    #expect(try #require(results[1].traffic.copiesPerToken) < #require(results[0].traffic.copiesPerToken))
  }

  @Test func redundantSlotsHaveToFitTheMemory() throws {
    // An expert has 3.1 MB, and a rank holds slots of 3 layers in 80 GB.
    let policy = try Fixture.policy("wide", planner: "{kind: eplb, redundantSlotsPerRank: 9000}")
    #expect { try replay([policy]) } throws: { "\($0)".contains("policy wide: 9004 slots on a rank in 3 layers take") }
  }
}
