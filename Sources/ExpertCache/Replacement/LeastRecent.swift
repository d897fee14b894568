/// Evicts what was touched least recently: `lru`, and inside each layer's own places `lru-per-layer`.
///
/// A step visits the layers in order, so that with one room for all, and fewer places than one step needs, nothing stays
/// until it is needed again.
///
/// Source of `lru-per-layer`: Mixtral-offloading, arXiv 2312.17238.
struct LeastRecent: Replacement {
  private var touches: Touches

  init(layers: Int, experts: Int) { touches = Touches(items: layers * experts) }

  func victim(among residents: inout Residents, for item: Int) -> Int? {
    residents.first(for: item, by: { touches.last[$0] }, over: { touches.last[$0] })
  }

  mutating func loadAhead(_ item: Int, steps: Int) { touches.touch([item]) }

  mutating func touch(_ items: [Int], of need: LayerNeed) { touches.touch(items) }
}
