import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// What planners are told that moves cost is what a replay charges for them.
@Suite struct MoveOutlookTests {
  private let old = LayerPlacement(experts: 4, ranks: 4, physicalToLogical: [0, 1, 2, 3])
  private let new = LayerPlacement(experts: 4, ranks: 4, physicalToLogical: [0, 2, 1, 3])

  private func outlook(_ schedule: RebalanceSchedule, afterStep over: Int = 4) throws -> (MoveOutlook, time: Double) {
    let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    let price = try MovePrice(schedule.migration, cluster: cluster, expertBytes: 1e6)
    let fetches = [ExpertFetch(expert: 1, sender: 1, receiver: 2), ExpertFetch(expert: 2, sender: 2, receiver: 1)]
    let outlook = MoveOutlook(
      schedule, afterStep: over, moves: price, alive: AliveRanks(all: 4, ranksPerNode: 2),
      pace: (free: 50, sending: 20))
    return (outlook, price.cost(of: [LayerFetches(layer: 0, fetches: fetches)]).time)
  }

  @Test func blockingMovesAreWaitedForInFull() throws {
    let (outlook, time) = try outlook(RebalanceSchedule(.every(steps: 16), migration: .blocking))
    #expect(time > 0)
    #expect(outlook.cost(0, old, new) == .init(wait: time, steps: 0))
    #expect(outlook.cost(0, old, old) == .none)
  }

  @Test func overlappedMovesTakeTheStepsThatLeaveThemTime() throws {
    let (outlook, time) = try outlook(RebalanceSchedule(.every(steps: 16), migration: .overlapped))
    #expect(outlook.cost(0, old, new) == .init(wait: 0, steps: time / 50))
  }

  @Test func aShareOfTheLinksIsTakenFromTheModel() throws {
    let migration = MigrationRule(.overlapped, bandwidthShare: 0.2)
    let (outlook, time) = try outlook(RebalanceSchedule(.every(steps: 16), migration: migration))
    // At four fifths of the bandwidth 20 us of sending take 5 more in each of these steps.
    #expect(abs(outlook.cost(0, old, new).wait - time / 50 * 5) < 1e-9 * time)
    #expect(outlook.cost(0, old, new).steps == time / 50)
  }

  @Test func aLayerThatWaitsItsTurnServesNoSooner() throws {
    let (outlook, _) = try outlook(RebalanceSchedule(.every(steps: 16), migration: .blocking, layersPerStep: 2))
    #expect(outlook.cost(0, old, new).steps == 0.5)
  }

  @Test(arguments: [
    (RebalanceSchedule.Kind.every(steps: 16, from: 4), 4, 16.0),
    (RebalanceSchedule.Kind.every(steps: 16, from: 4), 6, 14.0),
    (RebalanceSchedule.Kind.once(at: 8), 8, 8.0),
    (RebalanceSchedule.Kind.threshold(balancedness: 0.8, checkEvery: 10), 20, 10.0),
  ])
  func plansServeUntilTheNextOneIsDue(kind: RebalanceSchedule.Kind, over: Int, horizon: Double) {
    var schedule = RebalanceSchedule(kind)
    #expect(schedule.horizon(afterStep: over) == horizon)
    schedule.planSteps = 3
    #expect(schedule.horizon(afterStep: over) == horizon - 3)
  }

  @Test(arguments: [
    (RebalanceSchedule.Kind.every(steps: 1), 20, 12.0, 12.0), (.every(steps: 16), 16, 12, 16),
    (.every(steps: 16), 31, 12, 12), (.once(at: 8), 8, 5, 8),
  ])
  func orForAsLongAsTheLoadWasAddedUp(
    kind: RebalanceSchedule.Kind, over: Int, span: Double, horizon: Double
  ) {
    var schedule = RebalanceSchedule(kind)
    #expect(schedule.horizon(afterStep: over, span: span) == horizon)
    schedule.planSteps = 3
    #expect(schedule.horizon(afterStep: over, span: span) == horizon - 3)
    schedule.planSteps = 20
    #expect(schedule.horizon(afterStep: over, span: span) == 0)
  }

  /// With a plan every step a move has to pay within one where the load is the last step's, and within as many as a
  /// longer window holds.
  @Test(
    arguments: ["incremental, maximumMoves: 4, redundantSlotsPerRank: 0", "affinity"],
    [
      ("{kind: last}", false), ("{kind: moving-average, window: 1}", false),
      ("{kind: moving-average, window: 16}", true), ("{kind: exponential, halfLife: 16}", true),
      ("{kind: historical, steps: 1}", true),
    ])
  func whatHasHeldIsTakenToHoldAsLongAgain(planner: String, predictor: (section: String, moves: Bool)) throws {
    let trace = SmallTrace(steps: 24, tokens: 4000)
    let policy = try Fixture.policy(
      "mine", predictor: predictor.section, planner: "{kind: \(planner)}",
      schedule: "{kind: every, steps: 1, migration: {kind: blocking, perLayer: 80 us}}", dispatch: "{kind: even}")
    let results = try Fixture.replay(trace, [policy])
    #expect((results.policies[1].rebalances.movedExperts > 0) == predictor.moves)
  }

  /// 4000 tokens a step, whose hottest rank takes tens of microseconds more than the others, against 60 us an expert,
  /// or a second.
  @Test(arguments: ["incremental, maximumMoves: 4", "best"], ["0 us", "1 s"])
  func whatDoesNotPayIsNotMoved(planner: String, perLayer: String) throws {
    let isDear = perLayer == "1 s"
    let trace = SmallTrace(steps: 24, tokens: 4000)
    let policy = try Fixture.policy(
      "mine", planner: "{kind: \(planner), redundantSlotsPerRank: 1}",
      schedule: "{kind: every, steps: 8, migration: {kind: blocking, perLayer: \(perLayer)}}",
      dispatch: "{kind: weighted}")
    let results = try Fixture.replay(trace, [policy])
    #expect((results.policies[1].rebalances.movedExperts == 0) == isDear)
    #expect(results.policies[1].time.migration == 0 || !isDear)
  }
}
