import Diagnostics
import Inspection
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import Workloads

/// Replays the choice and the baseline on workloads that are fitted to the recording and made more or less skewed.
///
/// A few layers from the middle, and as many steps as the choice needs, stand for all.
struct SkewTrials {
  /// Powers that shares of popularity are raised to; 1 is the recording's twin.
  private static let powers = [0.5, 1, 2]
  private static let layers = 4
  private static let steps = 64

  let setting: ReplaySetting
  let sources: TokenSources
  let baseline: BalancingPolicy
  let candidate: ScreenCandidate
  let threads: Int
  /// Opens the steps that are fitted from the first.
  let open: () throws -> any StepSource

  /// Empty where no workload can be fitted.
  func run() throws -> [Screening.Trial] {
    let workload: Workload
    do throws(InputError) {
      workload = try WorkloadFit.fit(try statistics(), name: "screen")
    } catch { return [] }
    return try Self.powers.compactMap { power in
      guard let sharpened = workload.sharpened(by: power) else { return nil }
      return try trial(sharpened, power: power)
    }
  }

  private func statistics() throws(InputError) -> TraceStatistics {
    do {
      let source = try open()
      let count = source.header.layers
      let first = max(0, (count - Self.layers) / 2)
      let slice = try LayerSlice(first..<min(count, first + Self.layers), of: source)
      var statistics = TraceStatistics(slice.header, countsRanks: false, threads: 1)
      let wanted = max(Self.steps, ScreenIntervals.needed(for: candidate.interval))
      var read = 0
      while read < wanted, let step = try slice.next() {
        statistics.add(step)
        read += 1
      }
      return statistics
    } catch let error as InputError { throw error } catch { throw InputError("\(error)") }
  }

  private func trial(_ workload: Workload, power: Double) throws -> Screening.Trial? {
    let generator = WorkloadGenerator(workload)
    var load = ExpertLoad(zeroFor: workload.layers, experts: workload.experts)
    let watched = WatchedSteps(generator) { load.add($0) }
    let fits = (try? sources.check(fits: generator.header)) != nil
    let setting = try ReplaySetting(
      header: generator.header, machine: setting.machine, model: setting.model,
      sources: fits ? sources : TokenSources())
    let job = ReplayJob(setting: setting, baseline: baseline, policies: [candidate.policy], threads: threads)
    return try job.run(on: watched).result.policies[1].steady.map { steady in
      Screening.Trial(cause: .skew, factor: power, value: TraceSurvey.skewness(of: load), gain: steady.total)
    }
  }
}
