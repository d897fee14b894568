import Diagnostics
import Files
import Foundation
import LoadBalancing
import PerformanceModel
import Presets
import Replay
import RoutingTrace
import Workloads

/// Replays jobs of a manifest on this machine, any number at a time.
final class StudyWorker: Sendable {
  private let manifest: StudyManifest
  private let folder: StudyFolder
  private let traces: [String: StudyManifest.Trace]
  /// Names that mean here what they meant when the study was planned.
  private let checked = Guarded<Set<String>>([])
  /// Jobs whose shards are being put together, each by one thread.
  let merging = Guarded<Set<String>>([])
  /// Of recordings, as they were when their digests were taken.
  private let stamps = Guarded<[String: [FileStamp?]]>([:])
  /// Held while a workload's recording is made, so that it is made once.
  private let generating = NSLock()

  init(_ manifest: StudyManifest, folder: StudyFolder) {
    self.manifest = manifest
    self.folder = folder
    traces = Dictionary(manifest.traces.map { ($0.name, $0) }) { first, _ in first }
  }

  /// Policies that cannot be replayed there are failures of the outcome; they cost the others nothing but time.
  ///
  /// - Throws: `InputError` for what this machine lacks: a trace, or a file that is not the one that was planned with, or
  ///   is no longer.
  func outcome(of job: StudyJob, threads: Int) throws -> StudyOutcome {
    let trace = try prepare(job)
    let outcome = try outcome(of: job, trace: trace, threads: threads)
    try requireUnchanged(trace)
    return outcome
  }

  private func requireUnchanged(_ trace: String) throws {
    let before = stamps.withLock { $0[trace] }
    guard try before == nil || before == StudyRecording.stamps(trace) else {
      throw InputError("changed while it was replayed; run the study again", in: trace, status: .missing)
    }
  }

  private func outcome(of job: StudyJob, trace: String, threads: Int) throws -> StudyOutcome {
    do {
      let result = try result(of: job.policies, in: job, trace: trace, threads: threads)
      return StudyOutcome(job: job, result: result, failures: [])
    } catch let error as InputError {
      guard job.policies.count > 1, let bare = try? result(of: [], in: job, trace: trace, threads: threads) else {
        return StudyOutcome(
          job: job, result: nil, failures: job.policies.map { .init(policy: $0, error: error.description) })
      }
      return try onePolicyAtATime(job, trace: trace, threads: threads, beside: bare)
    }
  }

  /// Replays a shard's layers; a policy that cannot be replayed is left to a replay of the whole job.
  ///
  /// - Throws: as `outcome`.
  func shard(of job: StudyJob, threads: Int) throws -> StoredShard {
    guard let shard = job.shard else { preconditionFailure("a whole job") }
    let trace = try prepare(job)
    let found: StoredShard
    do {
      let (replay, source) = try replay(of: job.policies, in: job, trace: trace, threads: threads)
      found = .replayed(try replay.shard(shard.layers(of: source.header.layers), of: source))
    } catch is InputError { found = .refused }
    try requireUnchanged(trace)
    return found
  }

  /// What shards of a job come to together: what a replay of the whole job would.
  ///
  /// - Throws: as `outcome`.
  func outcome(of job: StudyJob, merging shards: [LayerShard], threads: Int) throws -> StudyOutcome {
    let trace = try prepare(job)
    let (replay, source) = try replay(of: job.policies, in: job, trace: trace, threads: threads)
    let result = try replay.merge(shards, on: source).withoutLayers
    try requireUnchanged(trace)
    return StudyOutcome(job: job, result: result, failures: [])
  }

  /// Checks that all of a job's files are those that it was planned with, and generates a workload's recording.
  ///
  /// - Returns: the path of its trace.
  @discardableResult
  func prepare(_ job: StudyJob) throws -> String {
    try check(job.cluster, is: manifest.clusters[job.cluster], "cluster") { try PresetDigest.cluster($0).digest }
    try check(job.model, is: manifest.models[job.model], "model") { try PresetDigest.model($0).digest }
    for policy in [manifest.baseline] + job.policies {
      try check(policy, is: manifest.policies[policy], "policy") { try PresetDigest.policy($0).digest }
    }
    return try path(of: job)
  }

  /// - Parameter bare: the result of the baseline alone.
  private func onePolicyAtATime(
    _ job: StudyJob, trace: String, threads: Int, beside bare: ReplayResult
  ) throws -> StudyOutcome {
    var (result, failures) = (bare, [StudyOutcome.Failure]())
    for policy in job.policies {
      do {
        let alone = try self.result(of: [policy], in: job, trace: trace, threads: threads)
        let known = Set(result.notes)
        result.policies += alone.policies.dropFirst()
        result.notes += alone.notes.filter { !known.contains($0) }
      } catch let error as InputError {
        failures.append(.init(policy: policy, error: error.description))
      }
    }
    return StudyOutcome(job: job, result: result, failures: failures)
  }

  private func result(of policies: [String], in job: StudyJob, trace: String, threads: Int) throws -> ReplayResult {
    let (replay, source) = try replay(of: policies, in: job, trace: trace, threads: threads)
    return try replay.run(on: source).result.withoutLayers
  }

  private func replay(
    of policies: [String], in job: StudyJob, trace: String, threads: Int
  ) throws -> (ReplayJob, any StepSource) {
    let options = manifest.options
    let selected = try SelectedTrace([trace], options.selection(of: job.phase), threads: threads)
    let open = { try selected.open(threads: threads, digesting: false) }
    let source = try open()
    let machine = try Machine(named: job.cluster).map { try $0.resized(ranks: job.ranks) }
    let setting = try ReplaySetting(
      header: source.header, machine: machine, model: ModelShape(named: job.model), allToAll: options.allToAll,
      context: options.context, sources: options.tokenSources)
    try setting.requireContextForCost()
    let replay = ReplayJob(
      setting: setting, baseline: try BalancingPolicy(named: manifest.baseline),
      policies: try policies.map(BalancingPolicy.init(named:)), seed: job.seed, threads: threads,
      repeats: options.repeat ?? 1, open: open)
    return (replay, source)
  }

  /// The recording of a job, generated if it is a workload's.
  private func path(of job: StudyJob) throws -> String {
    guard let trace = traces[job.trace] else {
      throw InputError("trace '\(job.trace)' is not in the manifest's first line")
    }
    switch trace.kind {
    case .file:
      try check(trace.name, is: trace.digest, "trace") { name in
        let stamp = try StudyRecording.stamps(name)
        defer { stamps.withLock { $0[name] = stamp } }
        return try StudyRecording.digest(name).digest
      }
      return trace.name
    case .workload:
      try check(trace.name, is: trace.digest, "workload", digest: PresetDigest.workload)
      let path = folder.tracePath(of: trace, seed: job.seed)
      try generating.withLock {
        guard !FileManager.default.fileExists(atPath: path) else { return }
        var workload = try Workload(named: trace.name)
        workload.seed = job.seed
        try TraceWriter.write(WorkloadGenerator(workload), to: path)
      }
      return path
    }
  }

  /// - Throws: `InputError`: what reading it throws; (missing) for another one than was planned with.
  private func check(
    _ name: String, is planned: String?, _ noun: String, digest: (String) throws -> String
  ) throws {
    let key = "\(noun) \(name)"
    if checked.withLock({ $0.contains(key) }) { return }
    guard try digest(name) == planned else {
      throw InputError(
        "another \(noun) than the study was planned with: plan it again, or bring the same files here", in: name,
        status: .missing)
    }
    checked.withLock { _ = $0.insert(key) }
  }
}
