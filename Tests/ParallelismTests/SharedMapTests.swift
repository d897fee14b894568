import Diagnostics
import Parallelism
import Testing

@Suite struct SharedMapTests {
  @Test(arguments: [0, 1, 40]) func `several who ask get the same, and nothing is found twice`(count: Int) throws {
    let found = Guarded([Int]())
    let map = SharedMap(3..<3 + count) { index -> Int in
      found.withLock { $0.append(index) }
      return index * index
    }
    let wanted = (3..<3 + count).map { $0 * $0 }
    let queue = WorkQueue()
    let outputs = Guarded([[Int]]())
    queue.add(
      (0..<3).map { asker in
        { @Sendable in
          let output = map.outputs(threads: asker + 1)
          outputs.withLock { $0.append(output) }
        }
      })
    try queue.run(threads: 4)
    #expect(outputs.withLock { $0 } == Array(repeating: wanted, count: 3))
    #expect(found.withLock { $0.sorted() } == Array(3..<3 + count))
  }

  @Test func `threads that a queue has to spare help`() throws {
    let queue = WorkQueue()
    // Each of two waits for the other to have begun.
    let begun = Guarded(0)
    queue.add([
      { @Sendable in
        let map = SharedMap(0..<2) { index -> Int in
          begun.withLock { $0 += 1 }
          while begun.withLock({ $0 < 2 }) {}
          return index
        }
        #expect(map.outputs(threads: 2) == [0, 1])
      }
    ])
    try queue.run(threads: 2)
  }
}
