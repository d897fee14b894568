/// Rows of counts, a byte for each below 128 and one more for every further seven bits (LEB128), so that a table takes
/// about as much memory as the text or the bytes that it was read from.
package struct PackedCounts {
  private var bytes: [UInt8] = []
  private var ends: [UInt32] = []
  /// Counts of the row that was not ended.
  package private(set) var pending = 0

  package init() {}

  package var rows: Int { ends.count }

  /// - Precondition: less than 4 GiB in all.
  package mutating func append(_ count: UInt64) {
    var rest = count
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
    pending += 1
  }

  package mutating func endRow() {
    ends.append(UInt32(bytes.count))
    pending = 0
  }

  func isEmpty(row: Int) -> Bool { bytes[range(row)].allSatisfy { $0 == 0 } }

  package subscript(row: Int) -> [UInt64] {
    var counts = [UInt64]()
    var (count, shift) = (UInt64(0), UInt64(0))
    for byte in bytes[range(row)] {
      count |= UInt64(byte & 0x7F) << shift
      shift += 7
      guard byte < 0x80 else { continue }
      counts.append(count)
      (count, shift) = (0, 0)
    }
    return counts
  }

  private func range(_ row: Int) -> Range<Int> { (row == 0 ? 0 : Int(ends[row - 1]))..<Int(ends[row]) }
}
