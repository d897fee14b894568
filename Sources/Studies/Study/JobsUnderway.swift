import Diagnostics

/// Jobs that somebody puts together: one thread at a time, which looks again where another came meanwhile, as that one may
/// have brought the last shard.
package final class JobsUnderway: Sendable {
  /// By job: whether somebody came meanwhile.
  private let underway = Guarded<[String: Bool]>([:])

  package init() {}

  /// False where another thread is at it, which then looks again.
  package func begin(_ job: String) -> Bool {
    underway.withLock { underway in
      let isFirst = underway[job] == nil
      underway[job] = !isFirst
      return isFirst
    }
  }

  /// Whether somebody came since it was asked last; else the job is over.
  package func goesOn(_ job: String) -> Bool {
    underway.withLock { underway in
      let isAskedAgain = underway[job] == true
      underway[job] = isAskedAgain ? false : nil
      return isAskedAgain
    }
  }

  package func end(_ job: String) { underway.withLock { $0[job] = nil } }
}
