import Foundation

/// The batch script of an array: task n runs the n-th range of jobs.
package struct ArrayScript {
  /// Slurm's `MaxArraySize` is 1001 unless set otherwise.
  package static let mostTasks = 1000
  /// Tasks for each worker, so that those who are through early find more to do.
  static let tasksPerWorker = 8

  /// Ascending. Jobs between the missing ones have outcomes, and are passed over.
  package let ranges: [Range<Int>]
  package let text: String

  /// - Parameter missing: numbers of jobs, ascending; one or more.
  package init(missing: [Int], _ submission: StudySubmission) {
    let tasks = min(Self.mostTasks, missing.count, submission.workers.map { $0 * Self.tasksPerWorker } ?? .max)
    ranges = (0..<tasks).map { task in
      let own = missing[task * missing.count / tasks..<(task + 1) * missing.count / tasks]
      return own[own.startIndex]..<own[own.endIndex - 1] + 1
    }
    let words = [
      Bundle.main.executablePath ?? CommandLine.arguments[0], "study", "run", submission.manifest, "--results",
      submission.results,
    ]
    text = """
      #!/bin/sh
      set -- \(ranges.map { "\($0.lowerBound):\($0.upperBound)" }.joined(separator: " "))
      shift "$SLURM_ARRAY_TASK_ID"
      exec \(words.map(Self.quoted).joined(separator: " ")) --jobs "$1" --threads "${SLURM_CPUS_PER_TASK:-1}"

      """
  }

  private static func quoted(_ word: String) -> String { "'\(word.replacing("'", with: "'\\''"))'" }
}
