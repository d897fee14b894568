import Diagnostics

/// The entries of a zip file in memory (PKWARE APPNOTE 6.3), stored or deflated, as `.npz` and `.pt` files are.
package struct ZipArchive {
  package struct Entry {
    package var name: String
    fileprivate var method: Int
    fileprivate var checksum: UInt32
    fileprivate(set) var compressedSize: Int
    var size: Int
    fileprivate var headerOffset: Int

    /// Where its stored bytes begin: behind its own header, whose name and extra field may differ from the directory's.
    fileprivate func dataOffset(_ reader: ByteFields) -> Int {
      headerOffset + 30 + reader.u16(headerOffset + 26) + reader.u16(headerOffset + 28)
    }
  }

  package let entries: [Entry]
  /// What all entries together claim to inflate to.
  package var size: Int { entries.reduce(0) { $0 + $1.size } }
  private let bytes: [UInt8]

  package static func isZip(_ bytes: [UInt8]) -> Bool { bytes.starts(with: [0x50, 0x4B, 3, 4]) }

  /// - Throws: `InputError`: no directory, an entry outside the file, one that claims more than the inflate limit, or
  ///   two that share bytes, by which a small file would unfold many times.
  package init(_ bytes: [UInt8]) throws(InputError) {
    self.bytes = bytes
    let reader = ByteFields(bytes)
    // The end record is 22 bytes and a comment of at most 65,535.
    let last = bytes.count - 22
    guard last >= 0,
      let end = stride(from: last, through: max(0, last - 65_535), by: -1).first(where: {
        reader.u32($0) == 0x0605_4B50
      })
    else { throw InputError("not a zip file, or truncated: no central directory", at: .init(byte: bytes.count)) }
    let count = reader.u16(end + 10)
    var position = reader.u32(end + 16)
    guard position != 0xFFFF_FFFF, count != 0xFFFF else { throw InputError("zip64 is not read", at: .init(byte: end)) }
    var entries = [Entry]()
    let limit = inflateLimit(compressed: bytes.count)
    for _ in 0..<count {
      guard position + 46 <= end, reader.u32(position) == 0x0201_4B50 else {
        throw InputError("corrupt zip directory", at: .init(byte: position))
      }
      let nameLength = reader.u16(position + 28)
      guard position + 46 + nameLength <= end else {
        throw InputError("corrupt zip directory", at: .init(byte: position))
      }
      let entry = Entry(
        name: String(decoding: bytes[position + 46..<position + 46 + nameLength], as: UTF8.self),
        method: reader.u16(position + 10), checksum: UInt32(reader.u32(position + 16)),
        compressedSize: reader.u32(position + 20), size: reader.u32(position + 24),
        headerOffset: reader.u32(position + 42))
      guard entry.size <= limit else {
        throw InputError(
          "'\(entry.name)' claims to inflate to \(entry.size) bytes, the limit is \(limit)", at: .init(byte: position))
      }
      entries.append(entry)
      position += 46 + nameLength + reader.u16(position + 30) + reader.u16(position + 32)
    }
    try Self.checkApart(entries, reader)
    self.entries = entries
  }

  private static func checkApart(_ entries: [Entry], _ reader: ByteFields) throws(InputError) {
    let inOrder = entries.sorted { $0.headerOffset < $1.headerOffset }
    for (entry, next) in zip(inOrder, inOrder.dropFirst()) {
      guard entry.dataOffset(reader) + entry.compressedSize <= next.headerOffset else {
        throw InputError("entries '\(entry.name)' and '\(next.name)' overlap", at: .init(byte: next.headerOffset))
      }
    }
  }

  /// The content of an entry, its CRC checked.
  package func content(of entry: Entry) throws(InputError) -> [UInt8] {
    let reader = ByteFields(bytes)
    let start = entry.headerOffset
    guard start + 30 <= bytes.count, reader.u32(start) == 0x0403_4B50 else {
      throw InputError("'\(entry.name)' is not where the directory says", at: .init(byte: start))
    }
    let data = entry.dataOffset(reader)
    guard data + entry.compressedSize <= bytes.count else {
      throw InputError("'\(entry.name)' lies beyond the end of the file", at: .init(byte: start))
    }
    let stored = bytes[data..<data + entry.compressedSize]
    let content: [UInt8]?
    switch entry.method {
    case 0: content = entry.size == entry.compressedSize ? Array(stored) : nil
    case 8: content = entry.size <= entry.compressedSize * 1032 ? inflateRaw(stored, size: entry.size) : nil
    default:
      throw InputError("'\(entry.name)' uses zip method \(entry.method), expected 0 or 8", at: .init(byte: start))
    }
    guard let content, crc32(of: content) == entry.checksum else {
      throw InputError("'\(entry.name)' is corrupt", at: .init(byte: data))
    }
    return content
  }
}

/// Little-endian fields of a byte array; 0 beyond its end.
struct ByteFields {
  private let bytes: [UInt8]
  init(_ bytes: [UInt8]) { self.bytes = bytes }

  func u16(_ at: Int) -> Int { integer(at, 2) }
  func u32(_ at: Int) -> Int { integer(at, 4) }

  private func integer(_ at: Int, _ size: Int) -> Int {
    guard at >= 0, at + size <= bytes.count else { return 0 }
    return (0..<size).reduce(0) { $0 | Int(bytes[at + $1]) << (8 * $1) }
  }
}
