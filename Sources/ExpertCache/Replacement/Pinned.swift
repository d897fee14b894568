/// Evicts nothing: after the first 64 steps what they touched most often is loaded, and stays; until then, and where there
/// is room besides, what comes first stays: `static`.
///
/// What users of one GPU do by hand when they choose the experts that it holds.
struct Pinned: Replacement {
  /// Steps that are learned from.
  private static let learned = 64
  private let capacity: Int
  private var steps = 0
  /// `[items]` touches in those steps.
  private var counts: [Int]

  /// - Parameter capacity: of the cache.
  init(layers: Int, experts: Int, capacity: Int) {
    self.capacity = capacity
    counts = Array(repeating: 0, count: layers * experts)
  }

  func victim(among residents: inout Residents, for item: Int) -> Int? { nil }

  mutating func touch(_ items: [Int], of need: LayerNeed) {
    guard steps <= Self.learned else { return }
    for item in items { counts[item] += 1 }
  }

  mutating func beginStep(isNewSequence: Bool) { steps += 1 }

  func pins() -> [Int]? {
    guard steps == Self.learned + 1 else { return nil }
    let touched = counts.indices.filter { counts[$0] > 0 }
    return Array(touched.sorted { (counts[$1], $0) < (counts[$0], $1) }.prefix(capacity))
  }
}
