import Diagnostics
import Dispatch

/// Runs jobs of a manifest on this machine: those that have no outcome yet, as many at a time as there are threads.
public struct StudyRun {
  /// How far a run has come.
  public struct Tally: Equatable, Sendable {
    /// Jobs that this run is to see to.
    public var jobs = 0
    /// Of these, those that had an outcome before.
    public var had = 0
    public var done = 0
    /// Replays in those done; of a job in shards, once they are put together.
    public var replays = 0
    /// Replays that cannot be, which are rows with an error.
    public var failures = 0
    /// Jobs that could not be run here; a later run, or another machine, takes them up.
    public var left = 0
    /// What was wrong with the first of them.
    public var whyLeft: InputError?

    package init(jobs: Int = 0, had: Int = 0, done: Int = 0, replays: Int = 0) {
      (self.jobs, self.had, self.done, self.replays) = (jobs, had, done, replays)
    }
  }

  private let path: String
  private let folder: StudyFolder
  /// Ordinals of jobs, from 0.
  private let jobs: Range<Int>
  private let threads: Int

  /// - Parameters:
  ///   - jobs: ordinals in the manifest, from 0; nil for all.
  /// - Throws: `InputError`: no manifest; (usage) jobs that it does not have, or a folder of another study.
  public init(manifest path: String, folder: String, jobs: Range<Int>?, threads: Int) throws {
    let manifest = try StudyManifestReader(path).manifest
    self.path = path
    self.folder = try StudyFolder(making: folder, for: manifest)
    self.jobs = jobs ?? 0..<manifest.jobs
    guard self.jobs.upperBound <= manifest.jobs else {
      throw InputError(
        "no job \(self.jobs.upperBound - 1); the manifest has 0…\(manifest.jobs - 1)", in: path, status: .usage)
    }
    self.threads = threads
  }

  /// - Throws: `InputError` (output) when an outcome cannot be written: what is there stays.
  public func run() throws -> Tally {
    let lines = try JobLines(StudyManifestReader(path), jobs: jobs)
    let counter = WorkProgress.begin("replaying", .jobs, total: jobs.count)
    defer { counter?.end() }
    return try run(lines, Tally(jobs: jobs.count), workers: min(threads, jobs.count)) { _, _ in counter?.advance() }
  }

  /// Runs jobs as they are asked for: digests of files, and presets, are looked at once for all of them. Shards stay as
  /// they are, as who asks may take them elsewhere; collecting puts them together.
  ///
  /// - Parameters:
  ///   - ask: the number of the next job, from 0; nil when there are no more. One call at a time.
  ///   - answer: told the number of a job that is done, or what this machine lacks for it. One call at a time.
  /// - Throws: what `ask` and `answer` throw; `InputError`: (usage) no such job; (output) an outcome that cannot be written.
  public func run(
    askedBy ask: @escaping @Sendable () throws -> Int?, answer: @Sendable (Int, InputError?) throws -> Void
  ) throws -> Tally {
    try run(try AskedJobs(path, ask: ask), Tally(), workers: threads, merges: false, told: answer)
  }

  private func run(
    _ source: some JobSource, _ start: Tally, workers: Int, merges: Bool = true,
    told: @Sendable (Int, _ lacking: InputError?) throws -> Void
  ) throws -> Tally {
    let worker = StudyWorker(source.manifest, folder: folder)
    let tally = Guarded(start)
    let failure = Guarded<(any Error)?>(nil)
    let workers = max(1, workers)
    let each = max(1, threads / workers)
    let folder = folder
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      do {
        while failure.withLock({ $0 == nil }), let (number, job) = try source.next() {
          let (change, lacking) = try Self.change(by: job, in: folder, worker: worker, threads: each, merges: merges)
          try tally.withLock { tally in
            change(&tally)
            try told(number, lacking)
          }
        }
      } catch { failure.withLock { $0 = $0 ?? error } }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
    return tally.withLock { $0 }
  }

  /// Sees to one job, and says what this machine lacks for it.
  private static func change(
    by job: StudyJob, in folder: StudyFolder, worker: StudyWorker, threads: Int, merges: Bool
  ) throws -> (change: @Sendable (inout Tally) -> Void, lacking: InputError?) {
    if folder.hasOutcome(of: job.whole) {
      if job.shard != nil, !folder.hasOutcome(of: job) { try folder.write(StoredShard.merged, of: job) }
      return ({ $0.had += 1 }, nil)
    }
    let seen: (isNew: Bool, outcome: StudyOutcome?)
    do {
      if let shard = job.shard {
        seen = try ShardedJob(of: job, in: folder, worker: worker, threads: threads).see(
          to: shard.number, merges: merges)
      } else {
        let outcome = try worker.outcome(of: job, threads: threads)
        try folder.write(outcome)
        seen = (true, outcome)
      }
    } catch let error as InputError where error.status != .output {
      return (
        { tally in
          tally.left += 1
          tally.whyLeft = tally.whyLeft ?? error
        }, error
      )
    }
    return (
      { tally in
        if seen.isNew { tally.done += 1 } else { tally.had += 1 }
        guard let outcome = seen.outcome else { return }
        tally.replays += job.policies.count
        tally.failures += outcome.failures.count
      }, nil
    )
  }
}
