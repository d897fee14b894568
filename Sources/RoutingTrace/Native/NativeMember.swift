import Containers

/// What a native trace's gzip members say about themselves in their FEXTRA subfield `ER`: their stored length, the
/// first step they hold and how many.
struct NativeMember {
  static let identifier: (UInt8, UInt8) = (UInt8(ascii: "E"), UInt8(ascii: "R"))
  static let extraLength = 16
  /// Bytes from the start of a member that hold the subfield when it comes first, as this project writes it.
  static let headLength = GzipMember.headerLength(extra: extraLength)
  /// A member is closed when its steps exceed this many bytes.
  static let flushThreshold = 1 << 20

  var length: Int
  /// Ordinal of the first step, from 0.
  var first: Int
  var steps: Int

  static func extra(first: Int, steps: Int) -> [UInt8] { littleEndian(UInt64(first)) + littleEndian(UInt32(steps)) }

  /// Nil when `head`, the start of a member, has no such subfield.
  init?(_ head: ArraySlice<UInt8>) {
    guard let extra = GzipMember.extra(Self.identifier, in: head), extra.count == Self.extraLength else { return nil }
    let bytes = Array(extra)
    func integer(_ range: Range<Int>) -> UInt64 { bytes[range].reversed().reduce(0) { $0 << 8 | UInt64($1) } }
    guard let first = Int(exactly: integer(4..<12)), first < 1 << 48 else { return nil }
    length = Int(integer(0..<4))
    self.first = first
    steps = Int(integer(12..<16))
  }
}
