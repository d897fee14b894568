/// A key and what decides between equals.
struct Pair<First: Comparable, Second: Comparable>: Comparable {
  let first: First
  let second: Second

  init(_ first: First, _ second: Second) {
    self.first = first
    self.second = second
  }

  @inline(__always)
  static func < (one: Pair, other: Pair) -> Bool {
    one.first != other.first ? one.first < other.first : one.second < other.second
  }
}
