/// Evicts nothing: after the first steps what they touched most often is loaded, and stays; until then, and where there
/// is room besides, what comes first stays: `static`.
///
/// What users of one GPU do by hand when they choose the experts that it holds.
struct Pinned: Replacement {
  private let learned: Int
  private let capacity: Int
  private var steps = 0
  /// `[items]` touches in the steps that are learned from.
  private var counts: [Int]

  /// - Parameters:
  ///   - learned: steps.
  ///   - capacity: of the cache.
  init(layers: Int, experts: Int, learned: Int, capacity: Int) {
    self.learned = learned
    self.capacity = capacity
    counts = Array(repeating: 0, count: layers * experts)
  }

  func victim(among residents: inout Residents, for item: Int) -> Int? { nil }

  mutating func touch(_ items: [Int], of need: LayerNeed) {
    guard steps <= learned else { return }
    for item in items { counts[item] += 1 }
  }

  mutating func beginStep(isNewSequence: Bool) { steps += 1 }

  func pins() -> [Int]? {
    guard steps == learned + 1 else { return nil }
    let touched = counts.indices.filter { counts[$0] > 0 }
    return Array(touched.sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(capacity))
  }
}
