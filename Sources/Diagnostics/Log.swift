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

  /// What was told, to be told again by whoever's turn it is.
  package struct Kept: Sendable {
    fileprivate var events: [LogEvent]

    package func tell() {
      for event in events { Logger.current.log(level: event.level, event.message, metadata: event.metadata) }
    }
  }

  /// Runs `body` on whatever thread, and keeps what it tells.
  package static func kept<Result>(_ body: () throws -> Result) rethrows -> (result: Result, told: Kept) {
    let events = Guarded<[LogEvent]>([])
    var logger = Logger(label: "", factory: { _ in HandlerOfEvents { event in events.withLock { $0.append(event) } } })
    logger.logLevel = .debug
    let result = try withLogger(logger) { _ in try body() }
    return (result, Kept(events: events.withLock { $0 }))
  }

  /// Runs `body` with all that is told as lines of text: messages as they are, without the time, so that the same work
  /// gives the same lines.
  package static func lines<Result>(
    to write: @escaping @Sendable (String) -> Void, _ body: () throws -> Result
  ) rethrows -> Result {
    var logger = Logger(label: "expert-replay", factory: { _ in HandlerOfEvents { write("\($0.message)") } })
    logger.logLevel = .debug
    return try withLogger(logger) { _ in try body() }
  }
}

private struct HandlerOfEvents: LogHandler {
  let handle: @Sendable (LogEvent) -> Void
  var logLevel = Logger.Level.debug
  var metadata: Logger.Metadata = [:]

  init(handle: @escaping @Sendable (LogEvent) -> Void) { self.handle = handle }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) { handle(event) }
}
