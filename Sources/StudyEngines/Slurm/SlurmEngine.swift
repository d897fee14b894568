import Diagnostics
import Files
import Foundation

/// Slurm (slurm.schedmd.com): an array of tasks, each of which runs a range of jobs; storage is shared.
struct SlurmEngine: StudyEngine {
  /// Seconds from one look at the queue to the next.
  private static let pause = 2.0
  private static let longestPause = 15.0
  /// Looks at the queue in a row that may fail, as they do while a controller is restarted.
  private static let mostFailures = 20

  func run(_ submission: StudySubmission, progress: @escaping (SubmissionProgress) -> Void) throws -> MissingOutcomes? {
    let queue = try SlurmQueue(submission)
    Interruption.beforeEnding { signal in
      // Whoever hangs up wants the tasks to go on: submitting again waits for them.
      guard signal != SIGHUP else { return }
      try? queue.cancel()
      StandardStreams.complain("\nexpert-replay: cancelled; submit again to go on\n")
    }
    var missing = try submission.missing()
    let (all, before) = (missing.count, submission.outcomes())
    func wait() throws {
      try self.wait(for: queue) { progress(.done(min(submission.outcomes() - before, all), of: all)) }
    }
    if !missing.isEmpty, try queue.holdsTasks() {
      progress(.found)
      try wait()
      missing = try submission.missing()
    }
    for _ in 0...submission.retries where !missing.isEmpty {
      let script = ArrayScript(missing: missing, submission)
      let array = try queue.submit(script)
      progress(.submitted(array: array, jobs: missing.count, tasks: script.ranges.count))
      try wait()
      missing = try submission.missing()
    }
    return missing.isEmpty ? nil : MissingOutcomes(jobs: missing.count, reason: queue.lastComplaint)
  }

  private func wait(for queue: SlurmQueue, progress: () -> Void) throws {
    var (pause, failures) = (Self.pause, 0)
    while true {
      do {
        let holdsTasks = try queue.holdsTasks()
        progress()
        if !holdsTasks { return }
        failures = 0
      } catch {
        failures += 1
        if failures > Self.mostFailures { throw error }
      }
      Thread.sleep(forTimeInterval: pause)
      pause = min(Self.longestPause, pause * 1.2)
    }
  }

  func cancel(_ submission: StudySubmission) throws { try SlurmQueue(submission).cancel() }
}
