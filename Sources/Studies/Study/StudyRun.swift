import Diagnostics
import Dispatch
import Synchronization

/// Runs jobs of a manifest on this machine: those that have no outcome yet, as many at a time as there are threads.
public struct StudyRun {
  /// How far a run has come.
  public struct Tally: Equatable, Sendable {
    /// Jobs that this run is to see to.
    public var jobs = 0
    /// Of these, those that had an outcome before.
    public var had = 0
    public var done = 0
    /// Replays in those done.
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
    let counter = WorkProgress.begin("replaying", .jobs, total: jobs.count)
    defer { counter?.end() }
    let reader = try StudyManifestReader(path)
    let worker = StudyWorker(reader.manifest, folder: folder)
    let lines = try JobLines(reader, jobs: jobs)
    let tally = Mutex(Tally(jobs: jobs.count))
    let failure = Mutex<(any Error)?>(nil)
    let workers = max(1, min(threads, jobs.count))
    let each = max(1, threads / workers)
    let folder = folder
    DispatchQueue.concurrentPerform(iterations: workers) { _ in
      do {
        while failure.withLock({ $0 == nil }), let job = try lines.next() {
          let change = try Self.change(by: job, in: folder, worker: worker, threads: each)
          tally.withLock { change(&$0) }
          counter?.advance()
        }
      } catch { failure.withLock { $0 = $0 ?? error } }
    }
    if let failure = failure.withLock({ $0 }) { throw failure }
    return tally.withLock { $0 }
  }

  /// Sees to one job.
  private static func change(
    by job: StudyJob, in folder: StudyFolder, worker: StudyWorker, threads: Int
  ) throws -> @Sendable (inout Tally) -> Void {
    if folder.hasOutcome(of: job) { return { $0.had += 1 } }
    let outcome: StudyOutcome
    do {
      outcome = try worker.outcome(of: job, threads: threads)
    } catch let error as InputError where error.status != .output {
      return { tally in
        tally.left += 1
        tally.whyLeft = tally.whyLeft ?? error
      }
    }
    try folder.write(outcome)
    return { tally in
      tally.done += 1
      tally.replays += job.policies.count
      tally.failures += outcome.failures.count
    }
  }
}

/// Jobs of a manifest, handed to whoever asks next.
private final class JobLines: @unchecked Sendable {
  // Only the holder of the lock reads.
  private let lock = Mutex(())
  private let reader: StudyManifestReader
  private let end: Int

  init(_ reader: StudyManifestReader, jobs: Range<Int>) throws {
    self.reader = reader
    end = jobs.upperBound
    for _ in 0..<jobs.lowerBound { _ = try reader.next() }
  }

  func next() throws -> StudyJob? {
    try lock.withLock { _ in try reader.count < end ? reader.next() : nil }
  }
}
