import Diagnostics

/// What is to be done before an interruption (Ctrl-C, SIGTERM, SIGHUP) ends the process.
package enum Interruption {
  private static let actions = Guarded<[@Sendable (_ signal: Int32) -> Void]>([])

  /// - Parameter action: told the signal, on the thread that waits for signals: it may take locks and run programs.
  package static func beforeEnding(_ action: @escaping @Sendable (_ signal: Int32) -> Void) {
    actions.withLock { $0.append(action) }
  }

  static func met(_ signal: Int32) {
    for action in actions.withLock({ $0 }) { action(signal) }
  }
}
