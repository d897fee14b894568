/// The ordinals of so many smallest keys; memory grows with their number, not with that of the keys.
struct SmallestKeys {
  private let count: Int
  private var kept: [(key: Double, ordinal: Int)] = []
  /// What a key has to be below, once there are enough.
  private var limit = Double.infinity
  /// Keys that were added.
  private(set) var added = 0

  /// - Parameter count: 1 or more.
  init(_ count: Int) { self.count = count }

  mutating func add(_ key: Double, ordinal: Int) {
    added += 1
    guard key < limit else { return }
    kept.append((key, ordinal))
    // Sorting twice as many as are kept costs each key a logarithm.
    if kept.count >= 2 * count + 1024 { trim() }
  }

  private mutating func trim() {
    kept.sort { ($0.key, $0.ordinal) < ($1.key, $1.ordinal) }
    kept.removeLast(max(0, kept.count - count))
    if kept.count == count, let last = kept.last { limit = last.key }
  }

  /// Ascending.
  consuming func ordinals() -> [Int] {
    trim()
    return kept.map(\.ordinal).sorted()
  }
}
