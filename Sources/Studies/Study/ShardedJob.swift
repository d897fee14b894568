import Diagnostics
import Dispatch
import Replay

/// A job that is cut between its layers: whoever sees to the last shard puts them together.
struct ShardedJob {
  private let whole: StudyJob
  private let shards: [StudyJob]
  private let folder: StudyFolder
  private let worker: StudyWorker
  private let threads: Int

  /// - Parameter job: one of its shards.
  init(of job: StudyJob, in folder: StudyFolder, worker: StudyWorker, threads: Int) {
    whole = job.whole
    shards = job.siblings
    self.folder = folder
    self.worker = worker
    self.threads = threads
  }

  /// Replays a shard that is not there, and puts the job together if no other is missing.
  ///
  /// - Parameter merges: false where somebody else may take the shards out of the folder.
  /// - Returns: whether the shard was not there, and the outcome of the whole job, which is then in its place; nil while
  ///   shards are missing.
  func see(to number: Int, merges: Bool) throws -> (isNew: Bool, outcome: StudyOutcome?) {
    let job = shards[number]
    var isNew = false
    switch try folder.shard(of: job) {
    case .replayed, .refused: break
    // Its outcome is gone, if this is not the same moment.
    case nil, .merged:
      try folder.write(try worker.shard(of: job, threads: threads), of: job)
      isNew = true
    }
    return (isNew, merges ? try merged() : nil)
  }

  /// Puts the job together if all shards are there; they make room.
  func merged() throws -> StudyOutcome? {
    guard shards.allSatisfy(folder.hasOutcome), worker.merging.begin(whole.job) else { return nil }
    var outcome: StudyOutcome?
    do {
      repeat { outcome = try outcome ?? merge() } while worker.merging.goesOn(whole.job)
    } catch {
      worker.merging.end(whole.job)
      throw error
    }
    return outcome
  }

  private func merge() throws -> StudyOutcome? {
    var parts: [LayerShard] = []
    reading: for shard in shards {
      switch try folder.shard(of: shard) {
      case .replayed(let part): parts.append(part)
      case .refused: break reading
      case .merged, nil: return nil
      }
    }
    let outcome =
      parts.count == shards.count
      ? try worker.outcome(of: whole, merging: parts, threads: threads)
      : try worker.outcome(of: whole, threads: threads)
    try folder.write(outcome)
    for shard in shards { try folder.write(StoredShard.merged, of: shard) }
    return outcome
  }
}

/// Puts jobs together whose shards came from elsewhere.
package struct ShardMerger: Sendable {
  private let folder: StudyFolder
  private let worker: StudyWorker

  package init(_ manifest: StudyManifest, folder: StudyFolder) {
    self.folder = folder
    worker = StudyWorker(manifest, folder: folder)
  }

  /// What jobs came to, read on all cores, as that takes most of the time.
  ///
  /// - Parameter jobs: whole, or shards.
  /// - Returns: `[jobs]`; nil while anything is missing, or a failure.
  package func outcomes(of jobs: [StudyJob]) -> [Result<StudyOutcome?, any Error>] {
    let found = Guarded<[Int: Result<StudyOutcome?, any Error>]>([:])
    DispatchQueue.concurrentPerform(iterations: jobs.count) { index in
      let outcome = Result { try self.outcome(of: jobs[index]) }
      found.withLock { $0[index] = outcome }
    }
    return found.withLock { found in jobs.indices.compactMap { found[$0] } }
  }

  /// - Throws: `InputError`: what this machine lacks to put it together; a file that is none of a study's.
  private func outcome(of job: StudyJob) throws -> StudyOutcome? {
    if let outcome = try folder.outcome(of: job.whole) { return outcome }
    guard job.shard != nil else { return nil }
    return try ShardedJob(of: job, in: folder, worker: worker, threads: 1).merged()
  }
}
