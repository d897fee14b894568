/// A running mean of values that were added in a fixed order.
struct Mean: Sendable {
  private(set) var sum = 0.0
  private(set) var count = 0

  mutating func add(_ value: Double?) {
    guard let value else { return }
    sum += value
    count += 1
  }

  /// Nil before the first value.
  var value: Double? { count > 0 ? sum / Double(count) : nil }
}
