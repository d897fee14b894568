/// Evicts what was touched least recently: `lru`, and inside each layer's own places `lru-per-layer`.
///
/// A step visits the layers in order, so that with one room for all, and fewer places than one step needs, nothing stays
/// until it is needed again.
///
/// Source of `lru-per-layer`: Mixtral-offloading, arXiv 2312.17238.
struct LeastRecent: Replacement {
  private let experts: Int
  private let isPerLayer: Bool
  private var touched: TouchedItems

  init(layers: Int, experts: Int, isPerLayer: Bool = false) {
    self.experts = experts
    self.isPerLayer = isPerLayer
    touched = TouchedItems(items: layers * experts, lists: isPerLayer ? layers : 1)
  }

  mutating func victim(among residents: inout Residents, for item: Int) -> Int? {
    let list = list(of: item)
    var next = touched.oldest(in: list)
    while let candidate = next, !residents.isAsked(candidate) {
      next = touched.next(after: candidate)
      if !residents.contains(candidate) {
        touched.remove(candidate)
      } else if !residents.isKept(candidate) {
        return candidate
      }
    }
    return nil
  }

  mutating func announce(_ need: LayerNeed) {
    // So that what the need asks for is behind all that may leave.
    for expert in need.experts { touch(need.layer * experts + expert) }
  }

  mutating func loadAhead(_ item: Int, steps: Int) { touch(item) }

  mutating func touch(_ items: [Int], of need: LayerNeed) {
    for item in items { touch(item) }
  }

  private mutating func touch(_ item: Int) { touched.touch(item, in: list(of: item)) }

  private func list(of item: Int) -> Int { isPerLayer ? item / experts : 0 }
}
