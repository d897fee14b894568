import LoadBalancing
import Replay
import TestTraces
import Testing

/// What is gained once plans serve, and when it has paid for what happened once.
@Suite struct SteadyStateTests {
  /// `[steps]` time of the layers, and `[steps]` what each step waited for moves.
  private static func totals(_ times: [Double], stalls: [Int: Double] = [:]) -> TimeTotals {
    var totals = PolicyTotals()
    for (step, time) in times.enumerated() {
      if let stall = stalls[step] { totals.move(ExpertSources(peers: 1), expertBytes: 1, stall: stall) }
      totals.add(PolicyTotalsTests.step(time), overlap: .none)
    }
    return totals.time
  }

  private static let everyFour = RebalanceSchedule(.every(steps: 4))
  private static let baseline = totals(Array(repeating: 10, count: 24))

  @Test(
    "Whole intervals of the schedule, from the first that is due once the first plan serves in all layers",
    arguments: [
      (everyFour, 4, 24, 4..<24, 5), (everyFour, 5, 24, 8..<24, 4), (everyFour, 5, 23, 8..<20, 3),
      (everyFour, 13, 24, 16..<24, 2), (RebalanceSchedule(.every(steps: 4, from: 2)), 3, 21, 6..<18, 3),
      (RebalanceSchedule(.threshold(balancedness: 1, checkEvery: 6)), 7, 24, 12..<24, 2),
      (RebalanceSchedule(.once(at: 4)), 9, 24, 9..<24, 15), (RebalanceSchedule(.initial), 0, 24, 0..<24, 24),
      (RebalanceSchedule(.never), 0, 24, 0..<24, 24),
    ] as [(RebalanceSchedule, Int, Int, Range<Int>, Int)])
  func whole(schedule: RebalanceSchedule, firstServing: Int, count: Int, steps: Range<Int>, intervals: Int) throws {
    let state = try #require(SteadyState(of: schedule, firstServing: firstServing, steps: count))
    #expect(state.steps == steps)
    #expect(state.intervals == intervals)
  }

  @Test(
    "Under two intervals there is none",
    arguments: [(17, 24), (13, 23), (24, 24), (nil, 24)] as [(Int?, Int)])
  func none(firstServing: Int?, count: Int) {
    #expect(SteadyState(of: Self.everyFour, firstServing: firstServing, steps: count) == nil)
  }

  @Test("Moves that steps wait for are part of the steady state")
  func gain() throws {
    let times = Array(repeating: 10.0, count: 4) + Array(repeating: 8, count: 20)
    let time = Self.totals(times, stalls: [4: 50, 8: 4, 12: 4])
    let state = try #require(SteadyState(of: Self.everyFour, firstServing: 5, steps: 24))
    let basis = IntervalBasis(lasting: 4, recorded: 24)
    let steady = try #require(PolicyResult.Steady(state, of: time, over: Self.baseline, basis: basis))
    #expect((steady.from, steady.steps, steady.intervals) == (8, 16, 4))
    #expect(abs(steady.comm - 0.2) < 1e-12)
    #expect(abs(steady.total - (1 - 136.0 / 160)) < 1e-12)
  }

  /// `[steps]` of the policy → steps, microseconds and whether they lie beyond the replay; nil for never.
  @Test(
    "Break-even is the first step after which the policy stays ahead",
    arguments: [
      // 10 behind after step 0, 2 a step from then on: ahead after 6 more, for good.
      ([20] + Array(repeating: 8, count: 23), 7, 68, false),
      // Ahead at once, behind again, ahead for good.
      ([5, 18] + Array(repeating: 8, count: 22), 4, 39, false),
      // 100 behind, 2 a step: 46 paid back in 23 steps, 54 left, ahead after 28 more.
      ([110] + Array(repeating: 8, count: 23), 52, 518, true),
      (Array(repeating: 11, count: 24), nil, 0, false),
      // Ahead now, and losing: it does not stay ahead.
      ([0, 0] + Array(repeating: 10.5, count: 22), nil, 0, false),
    ] as [([Double], Int?, Double, Bool)])
  func breakEven(times: [Double], steps: Int?, microseconds: Double, extrapolated: Bool) throws {
    let state = SteadyState(of: RebalanceSchedule(.once(at: 2)), firstServing: 2, steps: 24)
    let found = try #require(PolicyResult.BreakEven(of: Self.totals(times), over: Self.baseline, steady: state))
    #expect(found.isReached == (steps != nil))
    #expect(found.steps == steps)
    guard steps != nil else { return }
    #expect(abs((try #require(found.seconds)) - microseconds / 1e6) < 1e-12)
    #expect(found.extrapolated == extrapolated)
  }

  @Test("Nothing is said of a policy that did nothing, or is behind without a steady state")
  func unknown() {
    #expect(PolicyResult.BreakEven(of: Self.baseline, over: Self.baseline, steady: nil) == nil)
    let behind = Self.totals(Array(repeating: 10, count: 23) + [11])
    #expect(PolicyResult.BreakEven(of: behind, over: Self.baseline, steady: nil) == nil)
  }

  @Test("A replay says both")
  func replayed() throws {
    let trace = SmallTrace()
    let policies = [
      try Fixture.policy("every"), try Fixture.policy("late", schedule: "{kind: every, steps: 4, from: 17}"),
      try Fixture.policy("deployed", predictor: "{kind: oracle}", schedule: "{kind: initial}"),
    ]
    let result = try Fixture.replay(trace, policies)
    let steady = try #require(result.policies[1].steady)
    // The first plan's moves are paid for in step 4, so that its own interval is not part of it.
    #expect((steady.from, steady.intervals) == (8, 4))
    #expect(result.policies[1].breakEven != nil)
    #expect(result.policies[0].steady == nil && result.policies[0].breakEven == nil)
    #expect(result.policies[2].steady == nil)
    let deployed = try #require(result.policies[3].steady)
    #expect((deployed.from, deployed.steps) == (0, 24))
    #expect(deployed.total == result.policies[3].improvement.total)
    #expect(result.notes.contains { $0.contains("no steady state of late:") })
  }
}
