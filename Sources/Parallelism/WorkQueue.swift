import Foundation

/// Runs pieces of work on a fixed number of threads, where a finished piece may bring new ones.
///
/// Pieces start in the order in which they were added; which thread takes one is left to chance, so a piece must write
/// only to memory of its own.
///
/// Work is shared out in two shapes, on the same pool of threads. This one is the fan-out: the caller has nothing else to
/// do, takes part, and goes on when all is done, and pieces are many and small, so that one lock is all that they may
/// cost. `OrderedWork` is the pipeline: the caller reads or writes a file meanwhile, each result is wanted in its turn,
/// and what is in flight is bounded, as a file may be longer than memory. A fan-out that gave its results in order would
/// keep those of the whole file; a pipeline whose pieces bring new ones could wait for itself. What is hashed while it is
/// read needs no more than a serial queue: one thread, in order.
package final class WorkQueue: @unchecked Sendable {
  package typealias Piece = @Sendable () throws -> Void

  /// The one whose piece runs on this thread.
  @TaskLocal static var current: WorkQueue?

  package init() {}

  private let condition = NSCondition()
  private var waiting: [Piece] = []
  private var nextWaiting = 0
  private var running = 0
  private var failure: (any Error)?

  package func add(_ pieces: some Sequence<Piece>) {
    condition.lock()
    waiting.append(contentsOf: pieces)
    condition.broadcast()
    condition.unlock()
  }

  /// Returns when no piece is left or running.
  ///
  /// - Throws: the first error that a piece threw; pieces not yet started are then dropped.
  package func run(threads: Int) throws {
    DispatchQueue.concurrentPerform(iterations: max(1, threads)) { _ in
      Self.$current.withValue(self) {
        while let piece = take() { finish(Result(catching: piece)) }
      }
    }
    if let failure { throw failure }
  }

  private func take() -> Piece? {
    condition.lock()
    defer { condition.unlock() }
    while nextWaiting == waiting.count {
      if running == 0 { return nil }
      condition.wait()
    }
    let piece = waiting[nextWaiting]
    nextWaiting += 1
    if nextWaiting == waiting.count {
      waiting.removeAll(keepingCapacity: true)
      nextWaiting = 0
    }
    running += 1
    return piece
  }

  private func finish(_ result: Result<Void, any Error>) {
    condition.lock()
    defer { condition.unlock() }
    running -= 1
    if case .failure(let error) = result, failure == nil {
      failure = error
      waiting.removeAll()
      nextWaiting = 0
    }
    if running == 0 || nextWaiting < waiting.count { condition.broadcast() }
  }
}
