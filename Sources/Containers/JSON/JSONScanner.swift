import Diagnostics

/// A strict reader of one JSON text (RFC 8259) that the caller drives value by value, so that nothing is built that is
/// not wanted and nothing is allocated before its bytes were seen.
@usableFromInline
package struct JSONScanner {
  let bytes: [UInt8]
  var position = 0
  /// Counts newlines passed, for errors; nil where the caller knows the line.
  private let countsLines: Bool

  package init(_ bytes: [UInt8], countsLines: Bool = false) {
    self.bytes = bytes
    self.countsLines = countsLines
  }

  @usableFromInline
  package func failure(_ message: String) -> InputError {
    guard countsLines else { return InputError("column \(position + 1): \(message)") }
    let line = bytes[..<min(position, bytes.count)].reduce(1) { $0 + ($1 == 0x0A ? 1 : 0) }
    return InputError(message, at: .init(byte: position, line: line))
  }

  /// The next significant byte without taking it, 0 at the end.
  package mutating func peek() -> UInt8 {
    while position < bytes.count {
      let byte = bytes[position]
      guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return byte }
      position += 1
    }
    return 0
  }

  mutating func take(_ character: Unicode.Scalar) throws(InputError) {
    guard skip(character) else { throw failure("expected '\(character)'") }
  }

  /// Takes `character` if it is next.
  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    guard UInt32(peek()) == character.value, position < bytes.count else { return false }
    position += 1
    return true
  }

  package mutating func end() throws(InputError) {
    _ = peek()
    guard position == bytes.count else { throw failure("expected nothing more") }
  }

  /// Reads `{"key": value, …}`; `member` must take the value. A key given twice is an error, as are more than `limit`.
  package mutating func object(
    limit: Int = 4096, _ member: (inout JSONScanner, String) throws(InputError) -> Void
  ) throws(InputError) {
    try take("{")
    if skip("}") { return }
    var seen = Set<String>()
    repeat {
      let key = try string()
      guard seen.insert(key).inserted else { throw failure("'\(key)' is given twice") }
      guard seen.count <= limit else { throw failure("more than \(limit) keys") }
      try take(":")
      try member(&self, key)
    } while skip(",")
    try take("}")
  }

  /// Reads `[value, …]`; `element` must take the value.
  package mutating func array(_ element: (inout JSONScanner) throws(InputError) -> Void) throws(InputError) {
    try take("[")
    if skip("]") { return }
    repeat { try element(&self) } while skip(",")
    try take("]")
  }

  /// A whole number that fits `type`, without a fraction or exponent.
  @inlinable
  package mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type = Value.self) throws(InputError) -> Value {
    let least = UInt64(truncatingIfNeeded: Value.min.magnitude)
    guard let number = try magnitude(atMost: UInt64(truncatingIfNeeded: Value.max), below0: least) else {
      throw failure("a number outside \(Value.min)…\(Value.max)")
    }
    return Value(truncatingIfNeeded: number.isNegative ? 0 &- number.magnitude : number.magnitude)
  }

  /// A whole number without its sign.
  ///
  /// - Parameters:
  ///   - most: the greatest that there may be.
  ///   - least: the greatest that there may be below 0.
  /// - Returns: nil for one beyond them, all of whose digits but the first that is too many were taken.
  @usableFromInline
  mutating func magnitude(
    atMost most: UInt64, below0 least: UInt64
  ) throws(InputError) -> (magnitude: UInt64, isNegative: Bool)? {
    let negative = peek() == 0x2D
    let start = position
    if negative { position += 1 }
    let most = negative ? least : most
    var value: UInt64 = 0
    var digits = 0
    while position < bytes.count, case let digit = bytes[position] &- 0x30, digit < 10 {
      let (shifted, overflowed) = value.multipliedReportingOverflow(by: 10)
      let (sum, carried) = shifted.addingReportingOverflow(UInt64(digit))
      guard !overflowed, !carried, sum <= most else { return nil }
      value = sum
      digits += 1
      position += 1
    }
    if digits == 0 || (position < bytes.count && Self.isFractionOrExponent(bytes[position])) {
      position = start
      throw failure("expected a whole number")
    }
    guard digits == 1 || bytes[position - digits] != 0x30 else {
      position = start
      throw failure("a number that begins with 0")
    }
    return (value, negative)
  }

  private static func isFractionOrExponent(_ byte: UInt8) -> Bool { byte == 0x2E || byte == 0x65 || byte == 0x45 }

  package mutating func number() throws(InputError) -> Double {
    _ = peek()
    let start = position
    guard passNumber(), let value = exactNumber(at: start) ?? parsedNumber(at: start), value.isFinite else {
      position = start
      throw failure("expected a number")
    }
    return value
  }

  /// The number that was passed since `start`.
  private func parsedNumber(at start: Int) -> Double? {
    Double(String(decoding: bytes[start..<position], as: UTF8.self))
  }

  /// Passes over what RFC 8259, section 6, calls a number; false if it is none.
  private mutating func passNumber() -> Bool {
    _ = pass(0x2D)
    let start = position
    guard passDigits(), position == start + 1 || bytes[start] != 0x30 else { return false }
    if pass(0x2E), !passDigits() { return false }
    if pass(0x65) || pass(0x45) {
      if !pass(0x2B) { _ = pass(0x2D) }
      if !passDigits() { return false }
    }
    return position == bytes.count || !(0x30...0x39).contains(bytes[position]) && bytes[position] != 0x2E
  }

  private mutating func pass(_ byte: UInt8) -> Bool {
    guard position < bytes.count, bytes[position] == byte else { return false }
    position += 1
    return true
  }

  /// At least one.
  private mutating func passDigits() -> Bool {
    let start = position
    while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
    return position > start
  }

  package mutating func string() throws(InputError) -> String {
    try take("\"")
    var text = [UInt8]()
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case 0x22:
        guard let string = String(validating: text, as: UTF8.self) else { throw failure("not UTF-8") }
        return string
      case 0x5C: try escape(into: &text)
      case 0..<0x20: throw failure("a control character in a string")
      default: text.append(byte)
      }
    }
    throw failure("a string without an end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(InputError) {
    guard position < bytes.count else { throw failure("a string without an end") }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "u"):
      var unit = try hexadecimal()
      if (0xD800..<0xDC00).contains(unit), pass(UInt8(ascii: "\\")), pass(UInt8(ascii: "u")) {
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw failure("half of a surrogate pair") }
        unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(unit) else { throw failure("half of a surrogate pair") }
      text += Array(String(Character(scalar)).utf8)
    default: throw failure("an unknown escape")
    }
  }

  private mutating func hexadecimal() throws(InputError) -> UInt32 {
    guard position + 4 <= bytes.count, bytes[position] != 0x2B, bytes[position] != 0x2D,
      let value = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16)
    else { throw failure("expected four hexadecimal digits") }
    position += 4
    return value
  }

  /// Passes over a value of any kind, nested at most 64 deep.
  package mutating func skipValue(depth: Int = 0) throws(InputError) {
    guard depth < 64 else { throw failure("nested more than 64 deep") }
    switch peek() {
    case UInt8(ascii: "{"):
      try object { scanner, _ throws(InputError) in try scanner.skipValue(depth: depth + 1) }
    case UInt8(ascii: "["):
      try array { scanner throws(InputError) in try scanner.skipValue(depth: depth + 1) }
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "t"): try literal("true")
    case UInt8(ascii: "f"): try literal("false")
    case UInt8(ascii: "n"): try literal("null")
    default: _ = try number()
    }
  }

  /// Takes `null` if it is next.
  package mutating func skipNull() throws(InputError) -> Bool {
    guard peek() == UInt8(ascii: "n") else { return false }
    try literal("null")
    return true
  }

  /// Whether `word` is next.
  func startsWith(_ word: String) -> Bool { bytes[min(position, bytes.count)...].starts(with: word.utf8) }

  private mutating func literal(_ word: String) throws(InputError) {
    guard bytes[position...].starts(with: word.utf8) else { throw failure("expected \(word)") }
    position += word.utf8.count
  }
}

/// A JSON string literal.
package func quoted(_ text: String) -> String {
  var literal = "\""
  for scalar in text.unicodeScalars {
    switch scalar {
    case "\"": literal += "\\\""
    case "\\": literal += "\\\\"
    case "\n": literal += "\\n"
    case "\r": literal += "\\r"
    case "\t": literal += "\\t"
    case let scalar where scalar.value < 0x20:
      let digits = String(scalar.value, radix: 16)
      literal += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    default: literal.unicodeScalars.append(scalar)
    }
  }
  return literal + "\""
}
