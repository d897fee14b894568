import Foundation

/// Scratch space that threads take in turns, made when none is free.
package final class ScratchPool<Scratch>: @unchecked Sendable {
  private let lock = NSLock()
  private var free: [Scratch] = []

  package init() {}

  /// Those that no thread has; all of them when the work is over.
  package var idle: [Scratch] { lock.withLock { free } }

  package func with<Result, Failure>(
    _ make: () -> Scratch, _ body: (Scratch) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    let scratch = lock.withLock { free.popLast() } ?? make()
    defer { lock.withLock { free.append(scratch) } }
    return try body(scratch)
  }
}
