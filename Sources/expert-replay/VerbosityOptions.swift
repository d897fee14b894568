import ArgumentParser
import Diagnostics

/// How much a command says beside its result, which stays the same.
struct VerbosityOptions: ParsableArguments {
  @Flag(
    name: .shortAndLong,
    help: """
      Print the result and errors alone: nothing of progress, notes, warnings and timing on standard error. Notes in the \
      result stay.
      """)
  var quiet = false

  @Flag(
    help: """
      Tell on standard error, too, which files names stand for, what was read and on which machine, and what was decided \
      at each rebalance and why.
      """)
  var verbose = false

  func validate() throws {
    if quiet, verbose { throw ValidationError("--quiet and --verbose contradict each other") }
  }

  /// Runs a command as loud as was asked for.
  func applied(_ run: () throws -> Void) throws {
    let line = quiet ? nil : ProgressLine.shared
    try Remarks.$areWanted.withValue(!quiet) {
      try WorkProgress.$current.withValue(line?.begin()) {
        if verbose { try Log.lines(to: standardError, run) } else { try run() }
      }
    }
    line?.end()
  }
}

/// A command that heeds them.
protocol SpeakingCommand: ParsableCommand {
  var verbosity: VerbosityOptions { get }
}
