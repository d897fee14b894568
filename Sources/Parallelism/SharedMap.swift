import Foundation

/// What becomes of the indices of a range, found by whoever asks for it: each takes the next index that nobody has
/// begun, and in the end waits for those that others have.
package final class SharedMap<Output: Sendable>: @unchecked Sendable {
  private let range: Range<Int>
  private let body: @Sendable (Int) -> Output
  // Touched under the lock alone.
  private let condition = NSCondition()
  private var next: Int
  private var found: [Output?]
  private var left: Int

  package init(_ range: Range<Int>, _ body: @escaping @Sendable (Int) -> Output) {
    self.range = range
    self.body = body
    next = range.lowerBound
    found = Array(repeating: nil, count: range.count)
    left = range.count
  }

  /// All of it, in order.
  ///
  /// - Parameter threads: that help at most, this one counted in: where a `WorkQueue` runs, those that it has to spare.
  package func outputs(threads: Int) -> [Output] {
    let threads = Swift.max(1, Swift.min(threads, range.count))
    if threads > 1, let queue = WorkQueue.current {
      queue.add((1..<threads).map { _ in { @Sendable in self.work() } })
      work()
    } else {
      DispatchQueue.concurrentPerform(iterations: threads) { _ in work() }
    }
    condition.lock()
    defer { condition.unlock() }
    while left > 0 { condition.wait() }
    return found.compactMap(\.self)
  }

  private func work() {
    while let index = take() {
      let output = body(index)
      condition.lock()
      found[index - range.lowerBound] = output
      left -= 1
      if left == 0 { condition.broadcast() }
      condition.unlock()
    }
  }

  /// An index that nobody has begun; nil when there is none.
  private func take() -> Int? {
    condition.lock()
    defer { condition.unlock() }
    guard next < range.upperBound else { return nil }
    next += 1
    return next - 1
  }
}
