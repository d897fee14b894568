import Diagnostics

/// An array as `numpy.save` stores it (NEP 1), checked against the bytes that are there.
package struct NumpyArray {
  enum Element: String, CaseIterable {
    case uint8 = "u1", int8 = "i1", uint16 = "u2", int16 = "i2", uint32 = "u4", int32 = "i4", int64 = "i8"
    case uint64 = "u8", float32 = "f4", float64 = "f8"

    /// Bytes of one.
    var size: Int {
      switch self {
      case .uint8, .int8: 1
      case .uint16, .int16: 2
      case .uint32, .int32, .float32: 4
      case .int64, .uint64, .float64: 8
      }
    }
  }

  package let shape: [Int]
  let element: Element
  let isBigEndian: Bool
  let isFortranOrder: Bool
  let bytes: [UInt8]
  /// Where the elements begin in `bytes`.
  let start: Int

  package var count: Int { shape.reduce(1, *) }

  /// - Throws: `InputError`: not an `.npy`, an element type that is not a plain number, or a size that does not match.
  package init(_ bytes: [UInt8]) throws(InputError) {
    let (header, dataStart) = try Self.header(of: bytes)
    let headerStart = bytes[6] > 1 ? 12 : 10
    guard let description = header.description, let shape = header.shape, let fortran = header.isFortranOrder else {
      throw InputError(".npy header needs descr, fortran_order and shape", at: .init(byte: headerStart))
    }
    guard let order = description.first, "<>|=".contains(order),
      let element = Element(rawValue: String(description.dropFirst()))
    else {
      throw InputError(".npy elements '\(description)', expected integers or floats", at: .init(byte: headerStart))
    }
    start = dataStart
    var size = element.size
    for extent in shape {
      let (product, overflow) = size.multipliedReportingOverflow(by: extent)
      guard !overflow else {
        throw InputError(".npy shape \(shape) is beyond 2^63 bytes", at: .init(byte: headerStart))
      }
      size = product
    }
    guard size == bytes.count - start else {
      throw InputError(
        ".npy shape \(shape) of \(description) needs \(size) bytes, \(bytes.count - start) are there",
        at: .init(byte: start))
    }
    self.shape = shape
    self.element = element
    self.bytes = bytes
    isBigEndian = order == ">"
    isFortranOrder = fortran && shape.count > 1
  }

  /// The dictionary at the head of an `.npy`, and where the data begin.
  private static func header(of bytes: [UInt8]) throws(InputError) -> (header: NumpyHeader, start: Int) {
    guard bytes.starts(with: [0x93] + Array("NUMPY".utf8)), bytes.count >= 12, (1...3).contains(bytes[6]) else {
      throw InputError("not an .npy array", at: .init(byte: 0))
    }
    let wide = bytes[6] > 1
    let length =
      wide
      ? bytes[8..<12].reversed().reduce(0) { $0 << 8 | Int($1) } : Int(bytes[8]) | Int(bytes[9]) << 8
    let headerStart = wide ? 12 : 10
    guard length <= 1 << 16, headerStart + length <= bytes.count else {
      throw InputError("an .npy header of \(length) bytes", at: .init(byte: 8))
    }
    var header = NumpyHeader(Array(bytes[headerStart..<headerStart + length]))
    do throws(InputError) {
      try header.parse()
    } catch { throw InputError(".npy header: \(error.message)", at: .init(byte: headerStart)) }
    return (header, headerStart + length)
  }

  /// The axes of the `.npy` that begins with `bytes` and whether its elements are whole numbers; nil for anything else.
  package static func preview(_ bytes: [UInt8]) -> (axes: Int, isWhole: Bool)? {
    guard let header = try? header(of: bytes).header, let axes = header.shape?.count else { return nil }
    return (axes, header.description?.contains("f") == false)
  }

  /// Elements in C order as whole numbers, all when `range` is nil.
  ///
  /// - Parameter minusOne: what −1 becomes; it is an error when nil.
  /// - Throws: `InputError` at one that is negative, not whole, or above `limit`.
  package func integers<Value: FixedWidthInteger>(
    _ range: Range<Int>? = nil, upTo limit: Value, minusOne: Value? = nil, as: Value.Type = Value.self
  ) throws(InputError) -> [Value] {
    var values = [Value]()
    values.reserveCapacity(range?.count ?? count)
    for index in range ?? 0..<count {
      let at = start + storedIndex(index) * element.size
      if let value = integer(at: at), value <= UInt64(limit) {
        values.append(Value(value))
      } else if let minusOne, isMinusOne(at: at) {
        values.append(minusOne)
      } else {
        let least = minusOne == nil ? "0" : "−1"
        throw InputError(
          "element \(index) of the array is not a whole number of \(least)…\(limit)", at: .init(byte: at))
      }
    }
    return values
  }

  /// Elements in C order of an array of floats, or of whole numbers, as they are.
  package func numbers(_ range: Range<Int>) -> [Double] {
    range.map { index in
      let raw = bits(at: start + storedIndex(index) * element.size)
      return switch element {
      case .uint8, .uint16, .uint32, .uint64: Double(raw)
      case .int8: Double(Int8(truncatingIfNeeded: raw))
      case .int16: Double(Int16(truncatingIfNeeded: raw))
      case .int32: Double(Int32(truncatingIfNeeded: raw))
      case .int64: Double(Int64(truncatingIfNeeded: raw))
      case .float32: Double(Float(bitPattern: UInt32(raw)))
      case .float64: Double(bitPattern: raw)
      }
    }
  }

  /// Where the element that is `index`th in C order is stored.
  private func storedIndex(_ index: Int) -> Int {
    guard isFortranOrder else { return index }
    var rest = index
    var stored = 0
    var stride = count
    for extent in shape.reversed() {
      stride /= extent
      stored += rest % extent * stride
      rest /= extent
    }
    return stored
  }

  private func bits(at offset: Int) -> UInt64 {
    var raw: UInt64 = 0
    for byte in 0..<element.size {
      let place = isBigEndian ? element.size - 1 - byte : byte
      raw |= UInt64(bytes[offset + byte]) << UInt64(8 * place)
    }
    return raw
  }

  private func isMinusOne(at offset: Int) -> Bool {
    switch element {
    case .int8, .int16, .int32, .int64: bytes[offset..<offset + element.size].allSatisfy { $0 == 0xFF }
    case .float32: Float(bitPattern: UInt32(bits(at: offset))) == -1
    case .float64: Double(bitPattern: bits(at: offset)) == -1
    case .uint8, .uint16, .uint32, .uint64: false
    }
  }

  private func integer(at offset: Int) -> UInt64? {
    let raw = bits(at: offset)
    switch element {
    case .uint8, .uint16, .uint32, .uint64: return raw
    case .int8, .int16, .int32, .int64: return raw >> UInt64(element.size * 8 - 1) == 0 ? raw : nil
    case .float32: return UInt64(exactly: Float(bitPattern: UInt32(raw)))
    case .float64: return UInt64(exactly: Double(bitPattern: raw))
    }
  }
}

/// The Python literal at the head of an `.npy`: a dict of a string, a truth value and a tuple of integers.
private struct NumpyHeader {
  private(set) var description: String?
  private(set) var isFortranOrder: Bool?
  private(set) var shape: [Int]?
  private let text: [UInt8]
  private var position = 0

  init(_ text: [UInt8]) { self.text = text }

  mutating func parse() throws(InputError) {
    try take("{")
    while peek() != UInt8(ascii: "}") {
      let key = try string()
      try take(":")
      switch key {
      case "descr": description = try string()
      case "fortran_order": isFortranOrder = try word() == "True"
      case "shape": shape = try tuple()
      default: throw InputError("unknown key '\(key)'")
      }
      if peek() == UInt8(ascii: ",") { position += 1 }
    }
  }

  private mutating func peek() -> UInt8 {
    while position < text.count, text[position] == 0x20 { position += 1 }
    return position < text.count ? text[position] : 0
  }

  private mutating func take(_ character: Character) throws(InputError) {
    guard peek() == character.asciiValue else { throw InputError("expected '\(character)'") }
    position += 1
  }

  private mutating func string() throws(InputError) -> String {
    let quote = peek()
    guard quote == UInt8(ascii: "'") || quote == UInt8(ascii: "\"") else {
      throw InputError("expected a string; structured elements are not read")
    }
    let rest = text[(position + 1)...]
    guard let end = rest.firstIndex(of: quote) else { throw InputError("a string without an end") }
    defer { position = end + 1 }
    return String(decoding: rest[..<end], as: UTF8.self)
  }

  private mutating func word() throws(InputError) -> String {
    _ = peek()
    let letters = text[position...].prefix { (UInt8(ascii: "A")...UInt8(ascii: "z")).contains($0) }
    position += letters.count
    let word = String(decoding: letters, as: UTF8.self)
    guard word == "True" || word == "False" else { throw InputError("expected True or False") }
    return word
  }

  private mutating func tuple() throws(InputError) -> [Int] {
    try take("(")
    var extents = [Int]()
    while peek() != UInt8(ascii: ")") {
      let digits = text[position...].prefix { (0x30...0x39).contains($0) }
      guard !digits.isEmpty, let extent = Int(String(decoding: digits, as: UTF8.self)), extents.count < 32 else {
        throw InputError("expected a tuple of sizes")
      }
      extents.append(extent)
      position += digits.count
      if peek() == UInt8(ascii: ",") { position += 1 }
    }
    position += 1
    return extents
  }
}
