import Logging

/// What is told of work beside its results, to the swift-log logger of the caller's `withLogger`, at level `debug`.
///
/// Told on the thread that the work was asked on and in an order that does not depend on `--threads`.
package enum Log {
  /// Whether anybody listens: what takes time to find out is found out only then.
  package static var isOn: Bool { Logger.current.logLevel <= .debug }

  /// - Parameters:
  ///   - message: a sentence that has all.
  ///   - metadata: the same for programs.
  package static func tell(
    _ message: @autoclosure () -> String, _ metadata: @autoclosure () -> [String: String] = [:]
  ) {
    Logger.current.debug("\(message())", metadata: metadata().mapValues { .string($0) })
  }

  /// Runs `body`, work on several threads of which this is one, so that nobody hears what depends on who did what.
  package static func unheard<Result>(_ body: () throws -> Result) rethrows -> Result {
    try withLogger(Logger(label: "", factory: { _ in SwiftLogNoOpLogHandler() })) { _ in try body() }
  }

  /// Runs `body` with all that is told as lines of text.
  package static func lines<Result>(
    to write: @escaping @Sendable (String) -> Void, _ body: () throws -> Result
  ) rethrows -> Result {
    var logger = Logger(label: "expert-replay", factory: { _ in LineLogHandler(write: write) })
    logger.logLevel = .debug
    return try withLogger(logger) { _ in try body() }
  }
}

/// Messages as they are: without the time, so that the same work gives the same lines.
private struct LineLogHandler: LogHandler {
  let write: @Sendable (String) -> Void
  var logLevel = Logger.Level.debug
  var metadata: Logger.Metadata = [:]

  init(write: @escaping @Sendable (String) -> Void) { self.write = write }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { write("\(event.message)") }
}
