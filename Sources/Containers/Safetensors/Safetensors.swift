import Diagnostics

/// The tensors of whole numbers of a safetensors file in memory.
package struct Safetensors {
  package struct Entry {
    package var name: String
    package var shape: [Int]
    package var count: Int
    /// Bytes of an element: 8 of `I64`, 4 of `I32`.
    fileprivate var width: Int
    fileprivate var start: Int
  }

  /// Far more than statistics hold: 58 layers of 1000 iterations are 58,000.
  private static let maximumTensors = 1 << 18
  private static let maximumHeader = 32 << 20

  /// In the order of the header.
  package private(set) var entries: [Entry] = []
  private let bytes: [UInt8]

  /// - Throws: `InputError`: a header that does not fit the file, offsets outside it, or elements other than `I64` and
  ///   `I32`.
  package init(_ bytes: [UInt8]) throws(InputError) {
    self.bytes = bytes
    guard bytes.count >= 8 else { throw InputError("truncated safetensors file", at: .init(byte: bytes.count)) }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= Self.maximumHeader, Int(length) <= bytes.count - 8 else {
      throw InputError("a safetensors header of \(length) bytes", at: .init(byte: 0))
    }
    let data = 8 + Int(length)
    var scanner = JSONScanner(Array(bytes[8..<data]))
    var found: [Entry] = []
    do throws(InputError) {
      try scanner.object(limit: Self.maximumTensors) { scanner, name throws(InputError) in
        guard name != "__metadata__" else { return try scanner.skipValue() }
        found.append(try Self.entry(name, &scanner, data: data, size: bytes.count))
      }
      try scanner.end()
    } catch { throw InputError("safetensors header: \(error.message)", at: .init(byte: 8)) }
    var end = data
    for entry in found.sorted(by: { $0.start < $1.start }) {
      guard entry.start >= end || entry.count == 0 else {
        throw InputError("tensors overlap", at: .init(byte: entry.start))
      }
      end = max(end, entry.start + entry.count * entry.width)
    }
    guard end == bytes.count else { throw InputError("bytes after the last tensor", at: .init(byte: end)) }
    entries = found
  }

  private static func entry(
    _ name: String, _ scanner: inout JSONScanner, data: Int, size: Int
  ) throws(InputError) -> Entry {
    var type = ""
    var shape = [Int]()
    var offsets = [Int]()
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "dtype": type = try scanner.string()
      case "shape": try list(&scanner, into: &shape)
      case "data_offsets": try list(&scanner, into: &offsets)
      default: throw scanner.failure("unknown key '\(key)'")
      }
    }
    guard let width = ["I64": 8, "I32": 4][type] else {
      throw scanner.failure("elements '\(type)', expected I64 or I32")
    }
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= size - data else {
      throw scanner.failure("offsets \(offsets) outside the file")
    }
    let count = (offsets[1] - offsets[0]) / width
    let product = shape.reduce(1.0) { $0 * Double($1) }
    guard shape.allSatisfy({ $0 >= 0 }), product * Double(width) == Double(offsets[1] - offsets[0]) else {
      throw scanner.failure("shape \(shape) does not fit offsets \(offsets)")
    }
    return Entry(name: name, shape: shape, count: count, width: width, start: data + offsets[0])
  }

  private static func list(_ scanner: inout JSONScanner, into numbers: inout [Int]) throws(InputError) {
    try scanner.array { scanner throws(InputError) in
      guard numbers.count < 8 else { throw scanner.failure("more than 8 numbers") }
      numbers.append(try scanner.integer())
    }
  }

  /// - Throws: `InputError` at a negative element.
  package func counts(_ entry: Entry) throws(InputError) -> [UInt64] {
    var values = [UInt64]()
    values.reserveCapacity(entry.count)
    let sign = UInt64(1) << (8 * entry.width - 1)
    for start in stride(from: entry.start, to: entry.start + entry.count * entry.width, by: entry.width) {
      let value = bytes[start..<start + entry.width].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard value < sign else { throw InputError("a negative count", at: .init(byte: start)) }
      values.append(value)
    }
    return values
  }
}
