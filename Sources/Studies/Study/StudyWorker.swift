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
  private let names: PlannedNames
  /// Jobs whose shards are being put together.
  let merging = JobsUnderway()
  /// Of recordings, as they were before they were read first.
  private let stamps = Guarded<[String: [FileStamp?]]>([:])
  /// Held while a workload's recording is made, so that it is made once.
  private let generating = NSLock()

  init(_ manifest: StudyManifest, folder: StudyFolder) {
    self.manifest = manifest
    self.folder = folder
    names = PlannedNames(manifest)
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
      if traces[job.trace]?.kind == .workload, error.subject == trace {
        throw InputError(
          "\(error.message); remove it and run the study again", in: trace, at: error.place, status: error.status)
      }
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
    _ = try names.machine(job.cluster)
    _ = try names.model(job.model)
    for policy in [manifest.baseline] + job.policies { _ = try names.policy(policy) }
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
    let machine = try names.machine(job.cluster).map { try $0.resized(ranks: job.ranks) }
    let setting = try ReplaySetting(
      header: source.header, machine: machine, model: names.model(job.model), allToAll: options.allToAll,
      context: options.context, sources: options.tokenSources)
    try setting.requireContextForCost()
    let replay = ReplayJob(
      setting: setting, baseline: try names.policy(manifest.baseline),
      policies: try policies.map(names.policy), seed: job.seed, threads: threads,
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
      let known = try names.recording(trace)
      stamps.withLock { $0[trace.name] = known }
      return trace.name
    case .workload:
      var workload = try names.workload(trace)
      workload.seed = job.seed
      let path = folder.tracePath(of: trace, seed: job.seed)
      try generating.withLock {
        if !FileManager.default.fileExists(atPath: path) {
          try TraceWriter.write(WorkloadGenerator(workload), to: path)
        }
        let stamp = try StudyRecording.stamps(path)
        stamps.withLock { $0[path] = $0[path] ?? stamp }
      }
      return path
    }
  }
}
