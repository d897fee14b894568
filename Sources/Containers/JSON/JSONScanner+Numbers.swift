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

  /// The number that was passed since `start` if its digits, and the power of ten that they are multiplied or divided by,
  /// are both held by a `Double`: one rounding is left then, and the result is the nearest there is (Clinger 1990, How to
  /// Read Floating Point Numbers Accurately); else nil.
  func exactNumber(at start: Int) -> Double? {
    var digits: UInt64 = 0
    var (decimals, exponent) = (0, 0)
    var at = start
    let isNegative = bytes[at] == 0x2D
    if isNegative { at += 1 }
    var isFraction = false
    while at < position, bytes[at] != 0x65, bytes[at] != 0x45 {
      if bytes[at] == 0x2E {
        isFraction = true
      } else {
        guard digits < 1 << 49 else { return nil }
        digits = digits * 10 + UInt64(bytes[at] - 0x30)
        decimals += isFraction ? 1 : 0
      }
      at += 1
    }
    if at < position {
      at += 1
      let isBelow1 = bytes[at] == 0x2D
      if isBelow1 || bytes[at] == 0x2B { at += 1 }
      while at < position {
        guard exponent < 100 else { return nil }
        exponent = exponent * 10 + Int(bytes[at] - 0x30)
        at += 1
      }
      if isBelow1 { exponent = -exponent }
    }
    let power = exponent - decimals
    guard abs(power) < Self.powersOfTen.count else { return nil }
    let value =
      power < 0 ? Double(digits) / Self.powersOfTen[-power] : Double(digits) * Self.powersOfTen[power]
    return isNegative ? -value : value
  }

  /// Those that a `Double` holds.
  private static let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21,
    1e22,
  ]

  /// A word that Python writes where JSON has no number: `NaN`, `Infinity`, `-Infinity`; nil if something else is next.
  package mutating func wordOfNoNumber() -> String? {
    _ = peek()
    return ["NaN", "-Infinity", "Infinity"].first { startsWith($0) }
  }
}
