import ExpertReplay
import Files
import Foundation

/// How many jobs are done, how fast and how long the rest takes, rewritten in place; what was submitted is a line of its
/// own. Silent but for these unless standard error is a terminal.
struct JobProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let start = ContinuousClock.now

  func show(_ progress: SubmissionProgress) {
    switch progress {
    case .found: note("tasks of this study are in the queue already; waiting for them")
    case .submitted(let array, let jobs, let tasks):
      note("array \(array): \(Readable.count(jobs, "job")) in \(Readable.count(tasks, "task"))")
    case .done(let done, let all):
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      if isTerminal { StandardStreams.complain("\r\u{1B}[K\(Self.text(done, of: all, after: seconds))") }
    }
  }

  /// `120 of 480 jobs, 3.2 a second, about 1.88 min left`
  static func text(_ done: Int, of all: Int, after seconds: Double) -> String {
    let count = "\(Readable.count(done)) of \(Readable.count(all, "job"))"
    guard done > 0, seconds > 0 else { return count }
    let rate = Double(done) / seconds
    let rest = Readable.duration(Double(all - done) / rate)
    return "\(count), \(String(format: "%.3g", rate)) a second, about \(rest) left"
  }

  private func note(_ text: String) {
    clear()
    standardError(text)
  }

  func clear() {
    if isTerminal { StandardStreams.complain("\r\u{1B}[K") }
  }
}
