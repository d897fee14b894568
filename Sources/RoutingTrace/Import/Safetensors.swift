import Diagnostics

/// The 64-bit integer tensors of a safetensors file in memory.
struct Safetensors {
  struct Entry {
    var shape: [Int]
    fileprivate var start: Int
    fileprivate var count: Int
  }

  private(set) var entries: [String: Entry] = [:]
  private let bytes: [UInt8]

  /// - Throws: `InputError`: a header that does not fit the file, offsets outside it, or elements other than `I64`.
  init(_ bytes: [UInt8]) throws(InputError) {
    self.bytes = bytes
    guard bytes.count >= 8 else { throw InputError("truncated safetensors file", at: .init(byte: bytes.count)) }
    let length = bytes[..<8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= 100 << 20, Int(length) <= bytes.count - 8 else {
      throw InputError("a safetensors header of \(length) bytes", at: .init(byte: 0))
    }
    let data = 8 + Int(length)
    var scanner = JSONScanner(Array(bytes[8..<data]))
    var found: [String: Entry] = [:]
    var end = data
    do throws(InputError) {
      try scanner.object { scanner, name throws(InputError) in
        guard name != "__metadata__" else { return try scanner.skipValue() }
        let entry = try Self.entry(&scanner, data: data, size: bytes.count)
        end = max(end, entry.start + entry.count * 8)
        found[name] = entry
      }
      try scanner.end()
    } catch { throw InputError("safetensors header: \(error.message)", at: .init(byte: 8)) }
    let ordered = found.values.sorted { $0.start < $1.start }
    for (entry, next) in zip(ordered, ordered.dropFirst()) where entry.start + entry.count * 8 > next.start {
      throw InputError("tensors overlap", at: .init(byte: next.start))
    }
    guard end == bytes.count else { throw InputError("bytes after the last tensor", at: .init(byte: end)) }
    entries = found
  }

  private static func entry(_ scanner: inout JSONScanner, data: Int, size: Int) throws(InputError) -> Entry {
    var type = ""
    var shape = [Int]()
    var offsets = [Int]()
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "dtype": type = try scanner.string()
      case "shape": try scanner.array { scanner throws(InputError) in shape.append(try scanner.integer()) }
      case "data_offsets": try scanner.array { scanner throws(InputError) in offsets.append(try scanner.integer()) }
      default: throw scanner.failure("unknown key '\(key)'")
      }
    }
    guard type == "I64" else { throw scanner.failure("elements '\(type)', expected I64") }
    guard offsets.count == 2, offsets[0] >= 0, offsets[0] <= offsets[1], offsets[1] <= size - data else {
      throw scanner.failure("offsets \(offsets) outside the file")
    }
    let count = (offsets[1] - offsets[0]) / 8
    let product = shape.reduce(1.0) { $0 * Double($1) }
    guard shape.allSatisfy({ $0 >= 0 }), product * 8 == Double(offsets[1] - offsets[0]) else {
      throw scanner.failure("shape \(shape) does not fit offsets \(offsets)")
    }
    return Entry(shape: shape, start: data + offsets[0], count: count)
  }

  /// - Throws: `InputError` at a negative element.
  func counts(_ entry: Entry) throws(InputError) -> [UInt64] {
    var values = [UInt64]()
    for start in stride(from: entry.start, to: entry.start + entry.count * 8, by: 8) {
      let value = bytes[start..<start + 8].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      guard value <= Int64.max else { throw InputError("a negative count", at: .init(byte: start)) }
      values.append(value)
    }
    return values
  }
}
