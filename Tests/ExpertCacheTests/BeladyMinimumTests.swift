import ExpertCache
import Randomness
import Testing

/// The minimum that is counted on the way, against every choice that there is, and against Belady's own rule.
@Suite struct BeladyMinimumTests {
  private static func drawn(_ seed: UInt64) -> (needs: [[Int]], capacity: Int) {
    var random = SeededGenerator(seed: seed)
    let items = 3 + random.below(3)
    let needs = (0..<4 + random.below(4)).map { _ in
      Array(random.shuffled(Array(0..<items)).prefix(1 + random.below(3)))
    }
    return (needs, 1 + random.below(4))
  }

  @Test(arguments: 0..<200)
  func `is what the best of all choices comes to`(seed: Int) {
    let (needs, capacity) = Self.drawn(UInt64(seed))
    for streams in [false, true] {
      var minimum = BeladyMinimum(items: 6, capacity: capacity, streams: streams)
      for need in needs { minimum.touch(need) }
      #expect(minimum.accesses == needs.joined().count)
      #expect(minimum.hits == Self.best(needs, capacity: capacity, streams: streams))
    }
  }

  /// The most hits over all that may be kept after each need, which a bit stands for each.
  private static func best(_ needs: [[Int]], capacity: Int, streams: Bool) -> Int {
    // By what is kept, the most hits so far.
    var reached = [0: 0]
    for need in needs {
      let mine = need.reduce(0) { $0 | 1 << $1 }
      let places = streams ? capacity : max(0, capacity - need.count)
      var next: [Int: Int] = [:]
      for (kept, hits) in reached {
        let soFar = hits + (kept & mine).nonzeroBitCount
        for staying in 0..<1 << 6
        where staying & ~(kept | mine) == 0 && staying.nonzeroBitCount <= capacity
          && (staying & ~mine).nonzeroBitCount <= places
        {
          next[staying] = max(next[staying] ?? 0, soFar)
        }
      }
      reached = next
    }
    return reached.values.max() ?? 0
  }

  @Test(arguments: 0..<20, [4, 7, 11, 16])
  func `is what evicting the one needed latest comes to`(seed: Int, capacity: Int) {
    let needs = Needs(layers: 4, experts: 8, steps: 60, tokens: 1, topK: 2, seed: UInt64(seed)).items
    var (kept, hits): (Set<Int>, Int) = ([], 0)
    for (index, need) in needs.enumerated() {
      hits += need.count { kept.contains($0) }
      for item in need where !kept.contains(item) {
        if kept.count == capacity {
          let latest = kept.subtracting(need).max {
            Self.next($0, after: index, in: needs) < Self.next($1, after: index, in: needs)
          }
          if let latest { kept.remove(latest) }
        }
        kept.insert(item)
      }
    }
    var minimum = BeladyMinimum(items: 32, capacity: capacity, streams: false)
    for need in needs { minimum.touch(need) }
    #expect(minimum.hits == hits)
  }

  private static func next(_ item: Int, after index: Int, in needs: [[Int]]) -> Int {
    needs[(index + 1)...].firstIndex { $0.contains(item) } ?? .max
  }
}
