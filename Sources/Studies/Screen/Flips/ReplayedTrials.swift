import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

extension Screening {
  /// What the choice gains where something is different, by replay.
  public struct Trial: Codable, Equatable, Sendable {
    public var cause: Flip.Cause
    /// How many times as much as recorded; of skew the power that popularity is raised to.
    public var factor: Double
    /// Tokens of a step, or max / mean expert load.
    public var value: Double
    /// Steady gain of total time.
    public var gain: Double
  }
}

/// Replays the choice and the baseline where a step has more tokens: consecutive steps of the recording are merged, and as
/// many tokens lie between plans as before.
struct BatchTrials {
  private static let factors = [4, 16, 64]

  let setting: ReplaySetting
  let baseline: BalancingPolicy
  let candidate: ScreenCandidate
  let grid: ScreenGrid
  let threads: Int
  /// Steps of the half, and what opens them from the first.
  let half: Int
  let open: () throws -> any StepSource

  func run() throws -> [Screening.Trial] {
    try Self.factors.compactMap { factor in
      let interval = max(1, candidate.interval / factor)
      guard ScreenIntervals.areTold(interval, by: half / factor),
        let varied = try grid.candidate(
          candidate.base, redundantSlotsPerRank: candidate.redundantSlotsPerRank,
          window: max(1, candidate.window / factor), interval: interval)
      else { return nil }
      let job = ReplayJob(setting: setting, baseline: baseline, policies: [varied.policy], threads: threads)
      let result = try job.run(on: MergedSteps(factor, of: open())).result
      return result.policies[1].steady.map { steady in
        Screening.Trial(
          cause: .batch, factor: Double(factor),
          value: Double(result.trace.tokens) / Double(max(1, result.trace.steps)), gain: steady.total)
      }
    }
  }
}
