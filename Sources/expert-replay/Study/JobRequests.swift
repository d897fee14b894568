import Diagnostics
import ExpertReplay
import Files

/// Numbers of jobs on standard input, one a line, each answered by a line on standard output once it is seen to:
///
///     12 done
///     13 left: traces/day-2.moetrace: no such file
enum JobRequests {
  /// - Throws: `InputError`: (usage) a line that is no number; what the run throws.
  static func answer(_ run: StudyRun) throws -> StudyRun.Tally {
    try run.run(
      askedBy: {
        guard let line = readLine() else { return nil }
        guard let number = Int(line), number >= 0 else {
          throw InputError("'\(line)' is not the number of a job", in: "--jobs -", status: .usage)
        }
        return number
      },
      answer: { number, lacking in
        let outcome = lacking.map { "left: \(printable($0.description))" } ?? "done"
        try StandardStreams.answer("\(number) \(outcome)\n")
      })
  }
}
