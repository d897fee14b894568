/// Evicts what was not touched in this pass and longest ago, of layers that were passed already before those to come;
/// then what was touched longest ago: `least-stale`.
///
/// Source: SpecMD, arXiv 2602.03921.
struct LeastStale: Replacement {
  private var touches: Touches
  /// The last touch before this pass.
  private var earlier = 0

  init(layers: Int, experts: Int) { touches = Touches(items: layers * experts) }

  func victim(among residents: inout Residents, for item: Int) -> Int? {
    let (layer, experts) = (residents.layer(of: item), residents.experts)
    return residents.first(for: item, by: { touches.last[$0] }) { candidate in
      let isStale = touches.last[candidate] <= earlier
      return Pair(isStale ? candidate / experts < layer ? 0 : 1 : 2, touches.last[candidate])
    }
  }

  mutating func loadAhead(_ item: Int, steps: Int) { touches.touch([item]) }

  mutating func touch(_ items: [Int], of need: LayerNeed) { touches.touch(items) }

  mutating func beginStep(isNewSequence: Bool) { earlier = touches.count }
}
