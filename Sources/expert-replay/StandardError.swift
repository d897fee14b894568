import Foundation

/// Writes one line to standard error, where everything but results goes.
func standardError(_ line: String) {
  FileHandle.standardError.write(Data("\(line)\n".utf8))
}

/// A count of the steps done, rewritten in place; silent unless standard error is a terminal.
struct ProgressLine {
  private let isTerminal = isatty(STDERR_FILENO) == 1

  func show(steps: Int) {
    if isTerminal { FileHandle.standardError.write(Data("\r\(steps) steps".utf8)) }
  }

  func clear() {
    if isTerminal { FileHandle.standardError.write(Data("\r\u{1B}[K".utf8)) }
  }
}
