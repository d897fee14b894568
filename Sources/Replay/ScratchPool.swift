import Foundation

/// Scratch space that threads take in turns, made when none is free.
final class ScratchPool<Scratch>: @unchecked Sendable {
  private let lock = NSLock()
  private var free: [Scratch] = []

  func with<Result>(_ make: () -> Scratch, _ body: (Scratch) throws -> Result) rethrows -> Result {
    let scratch = lock.withLock { free.popLast() } ?? make()
    defer { lock.withLock { free.append(scratch) } }
    return try body(scratch)
  }
}
