/// Evicts the least of (what the prefetcher's match expects of an expert · touches so far); of equals, the least recent:
/// `probability`.
///
/// Source: FineMoE (fMoE), arXiv 2502.05370: evict by 1 / (probability · frequency), the greatest first.
struct MatchedUse: Replacement {
  private var touches: Touches
  /// `[items]`.
  private var counts: [Int]
  /// `[items]` by the last match; 0 before the first.
  private var probability: [Float]

  init(layers: Int, experts: Int) {
    touches = Touches(items: layers * experts)
    counts = Array(repeating: 0, count: layers * experts)
    probability = Array(repeating: 0, count: layers * experts)
  }

  func victim(among residents: inout Residents, for item: Int) -> Int? {
    residents.first(for: item, by: key, over: key)
  }

  private func key(of item: Int) -> Pair<Float, Int> {
    Pair((probability[item] + 1e-6) * Float(counts[item]), touches.last[item])
  }

  mutating func touch(_ items: [Int], of need: LayerNeed) {
    touches.touch(items)
    for item in items { counts[item] += 1 }
  }

  mutating func loadAhead(_ item: Int, steps: Int) { touches.touch([item]) }

  mutating func expect(_ probability: [Float]) { self.probability = probability }
}
