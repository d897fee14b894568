/// Evicts what is needed latest, which only those know who look ahead: `minimum`, a yardstick.
///
/// Source: Belady 1966, IBM Systems Journal 5 (2).
struct FurthestUse: Replacement {
  private var future: FutureUses.Cursor
  private let layers: Int
  private let experts: Int
  /// `[items]` layers until each is needed, counted from the first step.
  private var next: [Int]
  private var step = -1

  init(_ future: FutureUses) {
    self.future = FutureUses.Cursor(future)
    (layers, experts) = (future.layers, future.experts)
    next = Array(repeating: .max, count: layers * experts)
  }

  func victim(among residents: inout Residents, for item: Int) -> Int? {
    residents.first(for: item, by: { Pair(-next[$0], $0) }, over: { Pair(-next[$0], $0) })
  }

  mutating func touch(_ items: [Int], of need: LayerNeed) {
    for item in items { lookUp(item, from: step + 1) }
  }

  mutating func loadAhead(_ item: Int, steps: Int) { lookUp(item, from: step + steps) }

  mutating func beginStep(isNewSequence: Bool) { step += 1 }

  private mutating func lookUp(_ item: Int, from step: Int) {
    next[item] = future.next(item, from: step).map { $0 * layers + item / experts } ?? .max
  }
}
