/// The load of a row: what it says itself, and draws of what it does not.
struct RowLoad: Equatable, Sendable {
  var facts: [LoadFact: Double] = [:]
  /// Empty where the load is known, or every expert is expected to get as much as any other.
  var draws: [DrawnLoad] = []
}
