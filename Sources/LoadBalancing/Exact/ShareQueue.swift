/// The greatest of some shares, the first among equals, where the greatest is replaced again and again: a binary heap.
struct ShareQueue {
  private var heap: [(share: Double, place: Int)]

  /// - Parameter shares: at least one.
  /// - Complexity: O(n).
  init(_ shares: [Double]) {
    heap = shares.enumerated().map { ($1, $0) }
    for index in (0..<heap.count / 2).reversed() { sink(heap[index], from: index) }
  }

  var greatest: (place: Int, share: Double) { (heap[0].place, heap[0].share) }

  /// - Complexity: O(log n).
  mutating func replaceGreatest(by share: Double) { sink((share, heap[0].place), from: 0) }

  private func precedes(_ a: (share: Double, place: Int), _ b: (share: Double, place: Int)) -> Bool {
    a.share > b.share || a.share == b.share && a.place < b.place
  }

  private mutating func sink(_ item: (share: Double, place: Int), from start: Int) {
    var hole = start
    while 2 * hole + 1 < heap.count {
      var child = 2 * hole + 1
      if child + 1 < heap.count, precedes(heap[child + 1], heap[child]) { child += 1 }
      guard precedes(heap[child], item) else { break }
      heap[hole] = heap[child]
      hole = child
    }
    heap[hole] = item
  }
}
