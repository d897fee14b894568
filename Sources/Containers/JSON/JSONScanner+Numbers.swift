import Diagnostics

extension JSONScanner {
  /// A whole number that may be written as one, or as a float as numpy's lists of floats are: `137.0`, `1e3`.
  package mutating func wholeNumber() throws(InputError) -> UInt64 {
    var ahead = self
    if let value: UInt64 = try? ahead.integer() {
      self = ahead
      return value
    }
    ahead = self
    guard let value = try? ahead.number(), let whole = UInt64(exactly: value) else {
      throw failure("expected a whole number")
    }
    self = ahead
    return whole
  }

  /// A word that Python writes where JSON has no number: `NaN`, `Infinity`, `-Infinity`; nil if something else is next.
  package mutating func wordOfNoNumber() -> String? {
    _ = peek()
    return ["NaN", "-Infinity", "Infinity"].first { startsWith($0) }
  }
}
