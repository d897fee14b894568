import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import Studies
import Testing

/// When a verdict stood, and what would make one.
@Suite struct SufficiencyTests {
  /// Steps of 100 us under the baseline; under the strategy of 1 − gain of that, with noise.
  static func judge(
    gain: Double, noise: Double, steps: Int = 400, lasting: Int = 1, breakEven: Double? = 1, seed: UInt64 = 1
  ) throws -> HeldBackJudge {
    var random = SeededGenerator(seed: seed)
    func course(_ time: () -> Double) -> PolicyCourse {
      var totals = TimeTotals()
      for _ in 0..<steps {
        var layer = LayerOutcome()
        layer.time.dispatch = time()
        totals.add([layer], overlap: .none, prediction: 0)
      }
      let steady = SteadyState(of: RebalanceSchedule(.every(steps: 4)), firstServing: 8, steps: steps)
      return PolicyCourse(time: totals, steady: steady, basis: IntervalBasis(lasting: lasting, recorded: steps))
    }
    let before = course { 100 }
    let after = course { 100 * (1 - gain) + 100 * noise * random.normal() }
    return HeldBackJudge(
      try #require(SteadySeries(after, over: before)), rule: VerdictRule(horizon: 3600), breakEven: breakEven)
  }

  @Test func `a verdict stood from where all longer subsamples agree`() throws {
    let sure = try Self.judge(gain: 0.1, noise: 0.01)
    #expect(sure.finding == .gains)
    let early = try #require(sure.sufficiency.stoodFrom)
    let late = try #require(try Self.judge(gain: 0.1, noise: 0.6).sufficiency.stoodFrom)
    #expect(8 < early && early < late && late <= 400, "\(early), \(late)")
    let never = try Self.judge(gain: 0.001, noise: 0.01)
    #expect(never.finding.verdict == .doNot || never.finding == .gains)
    #expect(sure.sufficiency.steps == nil && sure.sufficiency.shortage == nil)
  }

  @Test func `so many steps as are said to be enough are enough`() throws {
    var (enough, cases) = (0, 0)
    for seed in UInt64(1)...20 {
      let judge = try Self.judge(gain: 0.03, noise: 0.5, steps: 200, seed: seed)
      guard judge.finding == .unsure else { continue }
      let steps = try #require(judge.sufficiency.steps)
      #expect(steps > 2 * 200)
      guard steps < 8000 else { continue }
      cases += 1
      let longer = try Self.judge(gain: 0.03, noise: 0.5, steps: 3 * steps / 2, seed: seed + 100)
      enough += longer.finding == .unsure ? 0 : 1
    }
    #expect(cases >= 5 && enough * 2 >= cases, "\(enough) of \(cases)")
  }

  @Test func `stretches that last want two of them`() throws {
    let judge = try Self.judge(gain: 0.1, noise: 0.01, steps: 100, lasting: 80)
    #expect(judge.finding == .noInterval)
    #expect(judge.sufficiency.steps == 2 * (8 + 160))
    #expect(judge.sufficiency.shortage?.contains("two stretches of 80") == true)
  }

  @Test func `more steps do not help what pays too late, a longer horizon does`() throws {
    let late = try Self.judge(gain: 0.1, noise: 0.01, breakEven: 7200)
    #expect(late.finding == .paysTooLate)
    #expect(late.sufficiency.steps == nil && late.sufficiency.horizon == 7200)
    #expect(try Self.judge(gain: 0.1, noise: 0.01, breakEven: nil).sufficiency.horizon == nil)
  }
}
