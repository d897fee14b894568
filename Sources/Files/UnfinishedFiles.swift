import Diagnostics
import Foundation

/// The temporary files of this process: they go away with it, also when it is interrupted.
package enum UnfinishedFiles {
  private static let paths = Guarded<Set<String>>([])

  /// Runs `create`, which makes the file, so that no interruption comes between the file and its entry.
  static func add(
    _ path: String, creating create: () throws(SystemError) -> OpenDescriptor
  ) throws(SystemError) -> OpenDescriptor {
    try paths.withLock { paths throws(SystemError) in
      let descriptor = try create()
      paths.insert(path)
      return descriptor
    }
  }

  static func remove(_ path: String) {
    paths.withLock { if $0.remove(path) != nil { unlink(path) } }
  }

  /// Gives the file its name; on failure it is still unfinished.
  static func rename(_ path: String, to name: String) throws(SystemError) {
    try paths.withLock { paths throws(SystemError) in
      guard Foundation.rename(path, name) == 0 else { throw .last }
      paths.remove(path)
    }
  }

  /// From now on an interruption (Ctrl-C, SIGTERM, SIGHUP) removes the files before it ends the process as it would have.
  ///
  /// A thread waits for the signals, rather than a handler: it may take locks, and no file is made or renamed while it has
  /// this one. Call it first of all: the process's other threads inherit that they are not to be interrupted.
  ///
  /// - Parameter clean: called before the process ends.
  package static func removeWhenInterrupted(then clean: @escaping @Sendable () -> Void = {}) {
    var signals = sigset_t()
    sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      var action = sigaction()
      // What the process was told to ignore, as `nohup` tells it, stays ignored.
      if sigaction(number, nil, &action) == 0, isDefault(action) { sigaddset(&signals, number) }
    }
    let interruptions = signals
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    Thread.detachNewThread {
      var interruptions = interruptions
      var number: Int32 = 0
      guard sigwait(&interruptions, &number) == 0 else { return }
      Interruption.met(number)
      paths.withLock { paths in
        for path in paths { unlink(path) }
        clean()
        pthread_sigmask(SIG_UNBLOCK, &interruptions, nil)
        raise(number)
      }
    }
  }

  private static func isDefault(_ action: sigaction) -> Bool {
    #if canImport(Darwin)
      action.__sigaction_u.__sa_handler == nil
    #else
      action.__sigaction_handler.sa_handler == nil
    #endif
  }
}
