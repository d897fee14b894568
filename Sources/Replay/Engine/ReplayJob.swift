import Diagnostics
import Foundation
import LoadBalancing
import Parallelism
import RoutingTrace

/// Replays a trace under several policies at once: trace × policies × cluster → result.
///
///     let job = try ReplayJob(
///       trace: "mine.moetrace", cluster: Cluster(named: "h100-ib"), policies: [BalancingPolicy(named: "eplb")])
///     let result = try job.run()
///
/// The trace is decoded once and broadcast in batches; the result depends on nothing but the inputs, whatever `threads`
/// is.
public struct ReplayJob {
  public let setting: ReplaySetting
  /// The baseline first; the others are compared with it.
  public let policies: [BalancingPolicy]
  public let seed: UInt64
  public let threads: Int
  /// Whether every policy that predicts is replayed once more with the oracle in its predictor's place.
  public let measuresRegret: Bool
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
  ///   - policies: compared with the baseline; one that has its name is left out.
  ///   - seed: of everything that is drawn at random.
  public init(
    setting: ReplaySetting, baseline: BalancingPolicy = .static, policies: [BalancingPolicy], seed: UInt64 = 0,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount, measuresRegret: Bool = false,
    open: (() throws -> any StepSource)? = nil
  ) {
    self.setting = setting
    self.policies = [baseline] + policies
    self.seed = seed
    self.threads = threads
    self.measuresRegret = measuresRegret
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
    try checkNames()
    let clock = ContinuousClock()
    let start = clock.now
    let replays = try policies.map { try PolicyReplay($0, setting: setting, foresight: foresight(for: $0)) }
    let twins = try policies.map { try measuresRegret ? foreseen($0) : nil }
    let everyReplay = replays + twins.compactMap(\.self)
    let ranks = setting.cluster.ranks
    var steps = 0
    var tokens = 0
    var foldedSources = false
    while let batch = try StepBatch(readingFrom: source, first: steps, ranks: ranks) {
      let queue = WorkQueue()
      for replay in everyReplay { replay.begin(batch, on: queue, threads: threads) }
      try queue.run(threads: threads)
      steps += batch.steps.count
      tokens += batch.steps.reduce(0) { $0 + $1.routing.tokens }
      foldedSources = foldedSources || batch.foldedSources
      progress(steps)
    }
    for replay in everyReplay { replay.finish() }
    let timing = Timing(
      seconds: (clock.now - start) / .seconds(1), tokenLayers: tokens * setting.header.layers * everyReplay.count,
      plannerSeconds: replays.map { ($0.policy.name, $0.plannerSeconds) })
    let result = ReplayResult(
      trace: traceSummary(steps: steps, tokens: tokens, sha256: source.digest),
      cluster: .init(name: setting.cluster.name, ranks: ranks, ranksPerNode: setting.cluster.ranksPerNode),
      model: .init(name: setting.model.name), allToAll: setting.cluster.allToAll, seed: seed,
      baseline: policies[0].name,
      policies: replays.enumerated().map { index, replay in
        PolicyResult(
          replay, baseline: index == 0 ? nil : replays[0].totals, foreseen: twins[index]?.totals,
          bootstrap: BlockBootstrap(seed: seed))
      },
      notes: notes(replays: replays, foldedSources: foldedSources))
    return (result, timing)
  }

  /// Policies are told apart by their names.
  private func checkNames() throws {
    var seen = Set<String>()
    for policy in policies where !seen.insert(policy.name).inserted {
      throw InputError(
        "two policies have this name; give one of them another", in: "policy \(policy.name)", status: .usage)
    }
  }

  /// The replay that the regret of `policy` is measured against.
  private func foreseen(_ policy: BalancingPolicy) throws -> PolicyReplay? {
    try policy.foreseen.map { try PolicyReplay($0, setting: setting, foresight: foresight(for: $0)) }
  }

  private func foresight(for policy: BalancingPolicy) throws -> Foresight? {
    if policy.isCausal { return nil }
    guard let open else {
      throw InputError(
        "looks ahead in the trace, which standard input does not allow; give a file", in: "policy \(policy.name)",
        status: .usage)
    }
    return Foresight(reading: try open())
  }

  private func traceSummary(steps: Int, tokens: Int, sha256: String?) -> ReplayResult.Trace {
    let header = setting.header
    return ReplayResult.Trace(
      name: header.name, content: header.content.rawValue, origin: header.provenance?.origin.rawValue, steps: steps,
      tokens: tokens, layers: header.layers, experts: header.experts, topK: setting.topK, sha256: sha256)
  }

  private func notes(replays: [PolicyReplay], foldedSources: Bool) -> [String] {
    var notes = [String]()
    if setting.header.content == .counts {
      notes.append(
        "The trace holds counts: traffic is the expectation under independent routing and uniform sources.")
    }
    if let sampling = setting.sampling, sampling.interval > 1 {
      notes.append(
        "One step in \(sampling.interval) is priced by '\(setting.cluster.allToAll)', the others by their busiest link at the "
          + "ratio of the last one priced: intervals over steps are too narrow.")
    }
    if foldedSources {
      notes.append("The recording had more than \(setting.cluster.ranks) source ranks; sources are taken modulo that.")
    }
    for replay in replays where replay.policy.schedule.kind != .never && !replay.hasRebalanced {
      notes.append("Policy \(replay.policy.name) never rebalanced: the trace ended first, so it ran as static.")
    }
    return notes + replays.compactMap(nodeNote)
  }

  /// A policy under which tokens visit more nodes than the model's router allows.
  private func nodeNote(_ replay: PolicyReplay) -> String? {
    guard let limit = setting.model.nodesPerTokenLimit(nodes: setting.cluster.nodes),
      replay.totals.traffic.mostNodes > limit
    else { return nil }
    return "Policy \(replay.policy.name): tokens visit up to \(replay.totals.traffic.mostNodes) nodes in a layer, "
      + "\(setting.model.name)'s router allows \(limit)."
  }
}
