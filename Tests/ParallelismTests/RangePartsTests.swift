import Diagnostics
import Parallelism
import Testing

@Suite struct RangePartsTests {
  @Test(arguments: [0, 1, 5, 64]) func `parts follow each other, and together are the whole`(count: Int) {
    for parts in 1...7 {
      let ranges = (10..<10 + count).cut(into: parts)
      #expect(ranges.flatMap(Array.init) == Array(10..<10 + count))
      #expect(ranges.count == parts)
    }
  }

  @Test(arguments: [0, 1, 5, 64]) func `what becomes of each comes in order`(count: Int) {
    for threads in [0, 1, 3, 100] {
      #expect((10..<10 + count).mapped(threads: threads) { $0 * $0 } == (10..<10 + count).map { $0 * $0 })
    }
  }

  @Test(arguments: [0, 1, 1 << 30]) func `every number is taken once`(operations: Int) {
    let taken = Guarded([Int]())
    (3..<90).inParts(operations: operations, threads: 4) { part in taken.withLock { $0 += Array(part) } }
    #expect(taken.withLock { $0.sorted() } == Array(3..<90))
    let none = Guarded(0)
    (3..<3).inParts(operations: operations, threads: 4) { part in none.withLock { $0 += part.count } }
    #expect(none.withLock { $0 } == 0)
  }
}
