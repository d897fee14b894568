/// Items in the order in which they were touched last, in one list or in several: linked, so that a touch takes as long
/// however many there are.
struct TouchedItems: Sendable {
  /// `[items + lists]` the neighbours of each item; a list begins and ends at a link of its own. `nobody` for an item in
  /// no list.
  private var newer: [Int32]
  private var older: [Int32]
  private let items: Int

  private static let nobody: Int32 = -1

  init(items: Int, lists: Int) {
    self.items = items
    newer = Array(repeating: Self.nobody, count: items) + (items..<items + lists).map { Int32($0) }
    older = newer
  }

  /// Nil for an empty list.
  func oldest(in list: Int) -> Int? { item(newer[items + list]) }

  /// Nil after the newest.
  func next(after item: Int) -> Int? { self.item(newer[item]) }

  private func item(_ link: Int32) -> Int? { link < items ? Int(link) : nil }

  /// - Parameter list: the same for an item each time.
  mutating func touch(_ item: Int, in list: Int) {
    remove(item)
    let end = items + list
    let last = Int(older[end])
    newer[last] = Int32(truncatingIfNeeded: item)
    older[item] = Int32(truncatingIfNeeded: last)
    newer[item] = Int32(truncatingIfNeeded: end)
    older[end] = Int32(truncatingIfNeeded: item)
  }

  /// Takes an item out of its list, if it is in one.
  mutating func remove(_ item: Int) {
    let (before, after) = (older[item], newer[item])
    guard before != Self.nobody else { return }
    newer[Int(before)] = after
    older[Int(after)] = before
    newer[item] = Self.nobody
    older[item] = Self.nobody
  }
}
