import Containers
import Diagnostics
import Testing

@Suite struct NumpyArrayTests {
  /// An array of one axis.
  private static func array(_ type: String, _ bytes: [UInt8], count: Int) throws -> NumpyArray {
    var head = Array("{'descr': '\(type)', 'fortran_order': False, 'shape': (\(count),), }".utf8)
    head += [UInt8](repeating: 0x20, count: 63 - (10 + head.count) % 64) + [0x0A]
    return try NumpyArray(
      [0x93] + Array("NUMPY".utf8) + [1, 0] + littleEndian(UInt16(head.count)) + head + bytes)
  }

  private static func array<Value: FixedWidthInteger>(_ values: [Value], big: Bool = false) throws -> NumpyArray {
    let order = Value.bitWidth == 8 ? "|" : big ? ">" : "<"
    let type = "\(order)\(Value.isSigned ? "i" : "u")\(Value.bitWidth / 8)"
    let bytes = values.flatMap { big ? littleEndian($0.byteSwapped) : littleEndian($0) }
    return try array(type, bytes, count: values.count)
  }

  /// What one loop copies is what the slow look, element by element, gives.
  private static func check<Value: FixedWidthInteger>(_ type: Value.Type, _ values: [Int]) throws {
    let (most, none) = (UInt16.max - 1, UInt16.max)
    for big in [false, true] {
      let array = try array(values.map { Value($0) }, big: big)
      let expected = values.map { $0 == -1 ? UInt16.max : UInt16($0) }
      #expect(try array.ids(upTo: most, minusOne: none) == expected)
      #expect(try array.integers(upTo: most, minusOne: none) == expected)
      #expect(try array.ids(1..<3, upTo: most, minusOne: none) == Array(expected[1..<3]))
    }
  }

  @Test func `ids of any width are read, and −1`() throws {
    let small = Array(0...127)
    try Self.check(UInt8.self, small + [255])
    try Self.check(Int8.self, small + [-1])
    try Self.check(UInt16.self, small + [65_534])
    try Self.check(Int16.self, small + [32_767, -1])
    try Self.check(UInt32.self, small + [65_534])
    try Self.check(Int32.self, small + [65_534, -1])
    try Self.check(UInt64.self, small + [65_534])
    try Self.check(Int64.self, small + [65_534, -1])
  }

  private static func refuses<Value: FixedWidthInteger>(_ values: [Value], at index: Int, limit: UInt16 = .max - 1)
    throws
  {
    let array = try array(values)
    let error = #expect(throws: InputError.self) { try array.ids(upTo: limit, minusOne: .max) }
    #expect(error?.message.hasPrefix("element \(index) of the array is not a whole number of −1…\(limit)") == true)
  }

  @Test func `what is no id is told by its place`() throws {
    try Self.refuses([0, 1, 65_535] as [UInt16], at: 2)
    try Self.refuses([0, -2] as [Int8], at: 1)
    try Self.refuses([0, -2, 3, -3] as [Int16], at: 1)
    try Self.refuses([65_536] as [Int32], at: 0)
    try Self.refuses([.max] as [UInt32], at: 0)
    try Self.refuses([1 << 40] as [Int64], at: 0)
    try Self.refuses([.max] as [UInt64], at: 0)
    try Self.refuses([7, 8] as [UInt8], at: 1, limit: 7)
  }
}
