import Foundation

/// A value that threads share: one of them at a time has it.
///
///     let seen = Guarded<Set<String>>([])
///     let isNew = seen.withLock { $0.insert(name).inserted }
///
/// `Synchronization.Mutex` would say the same, but on Linux it waits by system calls of its own, which ThreadSanitizer does
/// not follow: it reports every value behind one as a race. It knows the lock of the operating system's threads, which
/// `NSLock` is, so that what it reports of this project is true.
package final class Guarded<Value: Sendable>: @unchecked Sendable {
  // Touched by the holder of the lock alone.
  private var value: Value
  private let lock = NSLock()

  package init(_ value: Value) { self.value = value }

  /// - Parameter body: must not ask for this lock again.
  package func withLock<Result, Failure: Error>(
    _ body: (inout Value) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    lock.lock()
    defer { lock.unlock() }
    return try body(&value)
  }
}
