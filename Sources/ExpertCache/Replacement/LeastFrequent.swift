/// Evicts what was touched least often so far, touches before an eviction included; of those, the least recent: `lfu`.
struct LeastFrequent: Replacement {
  private var touches: Touches
  /// `[items]`.
  private var counts: [Int]

  init(layers: Int, experts: Int) {
    touches = Touches(items: layers * experts)
    counts = Array(repeating: 0, count: layers * experts)
  }

  func victim(among residents: inout Residents, for item: Int) -> Int? {
    residents.first(
      for: item, by: { Pair(counts[$0], touches.last[$0]) }, over: { Pair(counts[$0], touches.last[$0]) })
  }

  mutating func loadAhead(_ item: Int, steps: Int) { touches.touch([item]) }

  mutating func touch(_ items: [Int], of need: LayerNeed) {
    touches.touch(items)
    for item in items { counts[item] += 1 }
  }
}
