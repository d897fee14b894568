import Diagnostics
import Files
import Foundation

/// Writes one line to standard error, where everything but results goes.
func standardError(_ line: String) {
  StandardStreams.complain("\(printable(line))\n")
}

/// A count of the steps done, rewritten in place; silent unless standard error is a terminal.
struct ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1

  func show(steps: Int) {
    if isTerminal { StandardStreams.complain("\r\(steps) steps") }
  }

  func clear() {
    if isTerminal { StandardStreams.complain("\r\u{1B}[K") }
  }
}
