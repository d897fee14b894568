/// Which expert leaves when another needs its place: one sibling for each rule.
///
/// A rule is told of every step and of every layer's need, in their order, and gives the resident to evict whenever a
/// place is wanted. What a need asks for is never evicted.
public protocol Replacement: Sendable {
  /// The resident that leaves; nil to stream what is wanted: to use it, and not to keep it.
  ///
  /// - Parameter item: what the place is wanted for.
  mutating func victim(among residents: inout Residents, for item: Int) -> Int?

  /// Takes in what a layer needs, before anything is loaded for it.
  mutating func announce(_ need: LayerNeed)

  /// Takes in what a layer needed, when all of it is there.
  ///
  /// - Parameter items: the need's experts, in its order.
  mutating func touch(_ items: [Int], of need: LayerNeed)

  /// Takes in that an item is loaded before it is needed.
  ///
  /// - Parameter steps: until the step that needs it: 0 for the one under way.
  mutating func loadAhead(_ item: Int, steps: Int)

  /// Takes in what the prefetcher's match expects of every item of a layer.
  mutating func expect(_ match: [Float])

  /// Takes in that another step begins.
  ///
  /// - Parameter isNewSequence: whether none of its tokens follows one of the step before.
  mutating func beginStep(isNewSequence: Bool)

  /// What is to be at hand from now on, whatever is there; nil for a rule that loads on demand alone. Asked for at the
  /// beginning of each step.
  mutating func pins() -> [Int]?
}

extension Replacement {
  public mutating func announce(_ need: LayerNeed) {}
  public mutating func loadAhead(_ item: Int, steps: Int) {}
  public mutating func expect(_ match: [Float]) {}
  public mutating func beginStep(isNewSequence: Bool) {}
  public mutating func pins() -> [Int]? { nil }
}

/// When items were touched last.
struct Touches: Sendable {
  /// `[items]` number of the last touch; 0 for none.
  private(set) var last: [Int]
  private(set) var count = 0

  init(items: Int) { last = Array(repeating: 0, count: items) }

  mutating func touch(_ items: [Int]) {
    for item in items {
      count += 1
      last[item] = count
    }
  }
}
