import Foundation

extension Range<Int> {
  /// So many ranges that follow each other, as equal as can be.
  package func cut(into parts: Int) -> [Range<Int>] {
    (0..<parts).map { lowerBound + $0 * count / parts..<lowerBound + ($0 + 1) * count / parts }
  }

  /// Takes ranges that follow each other, together this one, on several threads.
  ///
  /// - Parameters:
  ///   - operations: that the whole takes, so that little work stays on one thread.
  ///   - body: writes only to what is its range's own.
  package func inParts(operations: Int, threads: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let enough = 1 << 18
    let parts = cut(into: Swift.max(1, Swift.min(count, operations / enough, threads)))
    DispatchQueue.concurrentPerform(iterations: parts.count) { body(parts[$0]) }
  }

  /// What becomes of each, in order; threads take the next one as they come free.
  package func mapped<Output: Sendable>(threads: Int, _ body: @escaping @Sendable (Int) -> Output) -> [Output] {
    SharedMap(self, body).outputs(threads: threads)
  }
}
