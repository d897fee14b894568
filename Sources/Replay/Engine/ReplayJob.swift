import Diagnostics
import Foundation
import LoadBalancing
import Parallelism
import RoutingTrace

/// Replays a trace under several policies at once: trace × policies × cluster → result.
///
///     let job = try ReplayJob(
///       trace: "mine.moetrace", machine: Machine(named: "h100-cx7"), policies: [BalancingPolicy(named: "eplb")])
///     let result = try job.run()
///
/// The trace is decoded once and broadcast in batches; the result depends on nothing but the inputs, whatever `threads`
/// is.
public struct ReplayJob {
  /// What the trace is replayed on; the first of `settings`.
  public var setting: ReplaySetting { settings[0] }
  /// One or more of the same trace, which share what does not depend on the machine; see `PolicyReplay`.
  let settings: [ReplaySetting]
  /// The baseline first; the others are compared with it.
  public let policies: [BalancingPolicy]
  public let seed: UInt64
  public let threads: Int
  /// Whether every policy that predicts is replayed once more with the oracle in its predictor's place.
  public let measuresRegret: Bool
  /// Times that the trace is replayed, end to end: predictors and placements go on, sequences are new ones.
  public let repeats: Int
  /// Opens the steps from the first, as often as asked: policies that are not causal, and regret, look ahead in a reading
  /// of their own. Nil when the trace can be read only once.
  public let open: (() throws -> any StepSource)?

  /// What was measured with a clock, apart from the modelled result.
  public struct Timing: Sendable {
    public var seconds = 0.0
    /// Tokens × layers × policies.
    public var tokenLayers = 0
    public var plannerSeconds: [(policy: String, seconds: Double)] = []
  }

  /// - Parameters:
  ///   - policies: compared with the baseline; `run` refuses two of one name, the baseline counted.
  ///   - seed: of everything that is drawn at random.
  ///   - repeats: 1 or more; above 1 the steps are opened again, and the past holds the future.
  public init(
    setting: ReplaySetting, baseline: BalancingPolicy = .static, policies: [BalancingPolicy], seed: UInt64 = 0,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, measuresRegret: Bool = false, repeats: Int = 1,
    open: (() throws -> any StepSource)? = nil
  ) {
    self.init(
      on: [setting], baseline: baseline, policies: policies, seed: seed, threads: threads,
      measuresRegret: measuresRegret, repeats: repeats, open: open)
  }

  /// The same on several machines, from one reading of the trace.
  ///
  /// - Parameter settings: one or more, of one header.
  public init(
    on settings: [ReplaySetting], baseline: BalancingPolicy = .static, policies: [BalancingPolicy], seed: UInt64 = 0,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, measuresRegret: Bool = false, repeats: Int = 1,
    open: (() throws -> any StepSource)? = nil
  ) {
    self.settings = settings.map { $0.seeded(seed) }
    self.policies = [baseline] + policies
    self.seed = seed
    self.threads = threads
    self.measuresRegret = measuresRegret
    self.repeats = repeats
    self.open = open
  }

  /// Replays the steps that `open` gives.
  ///
  /// - Throws: `InputError` (usage) without `open`; what `run(on:progress:)` throws.
  public func run() throws -> ReplayResult {
    guard let open else { throw InputError("no steps to replay: give the job `open`", status: .usage) }
    return try run(on: open()).result
  }

  /// - Parameters:
  ///   - source: the steps to replay, from the first, with the setting's header.
  ///   - progress: called after every batch with the number of steps replayed.
  /// - Throws: `InputError` for a policy that does not fit the trace or the cluster, or from `source`.
  public func run(
    on source: any StepSource, progress: (Int) -> Void = { _ in }
  ) throws -> (result: ReplayResult, timing: Timing) {
    let (results, timing) = try runOnAll(source, progress: progress)
    return (results[0], timing)
  }

  /// The same on every machine of the job.
  ///
  /// - Parameters:
  ///   - observer: told what every step came to; nil where nobody asks, which saves time.
  ///   - timeline: shown the steps that it asks for, rank by rank; nil where nobody asks.
  ///   - details: what else the results tell, for charts; nil for figures alone, which saves time.
  /// - Returns: a result for each setting, in their order, as a job of its own would find it.
  public func runOnAll(
    _ source: any StepSource, observer: StepObserver? = nil, timeline: TimelineObserver? = nil,
    details: DetailRequest? = nil, progress: (Int) -> Void = { _ in }
  ) throws -> (results: [ReplayResult], timing: Timing) {
    let pass = try ReplayPass([self], threads: threads, repeats: repeats, open: open).run(
      on: source, observer: observer, timeline: timeline, details: details, progress: progress)
    return (pass.results[0], pass.timing)
  }

  /// Policies are told apart by their names.
  func checkNames() throws {
    var seen = Set<String>()
    for policy in policies where !seen.insert(policy.name).inserted {
      throw InputError(
        "two policies have this name; give one of them another", in: "policy \(policy.name)", status: .usage)
    }
  }
}
