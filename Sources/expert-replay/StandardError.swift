import Diagnostics
import Files
import Foundation

/// Writes one line to standard error, where everything but results goes.
@Sendable func standardError(_ line: String) {
  ProgressLine.shared?.wipe()
  StandardStreams.complain("\(printable(line))\n")
}

/// What a command says beside its result.
enum Remarks {
  @TaskLocal static var areWanted = true

  static func note(_ text: String) { say("note: \(text)") }
  static func warn(_ text: String) { say("warning: \(text)") }
  static func say(_ line: String) { if areWanted { standardError(line) } }
}
