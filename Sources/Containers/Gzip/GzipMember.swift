import CZlib
import Diagnostics

/// One whole gzip member (RFC 1952): the unit that is inflated and deflated in parallel.
///
/// A member that is written here has an FEXTRA subfield that begins with the member's own stored length, as BGZF has,
/// so that a reader can step from member to member without inflating any.
package enum GzipMember {
  /// Bytes before the compressed data of a member written with `extra` bytes of payload.
  package static func headerLength(extra: Int) -> Int { 10 + 2 + 4 + extra }

  /// Deflates `bytes` as one member.
  ///
  /// - Parameters:
  ///   - identifier: SI1 and SI2 of the FEXTRA subfield.
  ///   - extra: payload of the subfield after the member's length, which is a little-endian `UInt32`.
  package static func deflate(
    _ bytes: [UInt8], identifier: (UInt8, UInt8), extra: [UInt8], level: Int32, strategy: Int32 = Z_DEFAULT_STRATEGY
  ) throws(InputError) -> [UInt8] {
    let stream = try ZlibStream(deflating: -15, level: level, strategy: strategy)
    let payload = extra.count + 4
    var member: [UInt8] = [0x1F, 0x8B, 8, 4, 0, 0, 0, 0, 0, 255]
    member += littleEndian(UInt16(payload + 4))
    member += [identifier.0, identifier.1] + littleEndian(UInt16(payload))
    let lengthAt = member.count
    member += littleEndian(UInt32(0)) + extra
    let output = stream.run(bytes.span, room: stream.bound(of: bytes.count), flush: Z_FINISH)
    guard output.status == Z_STREAM_END else { throw InputError("zlib cannot deflate (\(output.status))") }
    member += output.bytes
    member += littleEndian(crc32(of: bytes)) + littleEndian(UInt32(truncatingIfNeeded: bytes.count))
    member.replaceSubrange(lengthAt..<lengthAt + 4, with: littleEndian(UInt32(member.count)))
    return member
  }

  /// Deflates `bytes` as one member without a subfield.
  package static func deflate(_ bytes: [UInt8], level: Int32) throws(InputError) -> [UInt8] {
    let stream = try ZlibStream(deflating: 15 + 16, level: level)
    let output = stream.run(bytes.span, room: stream.bound(of: bytes.count), flush: Z_FINISH)
    guard output.status == Z_STREAM_END else { throw InputError("zlib cannot deflate (\(output.status))") }
    return output.bytes
  }

  /// The payload of the FEXTRA subfield `identifier`, if `start`, the beginning of a member, has one.
  package static func extra(_ identifier: (UInt8, UInt8), in start: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
    let bytes = Array(start)
    guard bytes.count >= 12, bytes[0] == 0x1F, bytes[1] == 0x8B, bytes[2] == 8, bytes[3] & 4 != 0 else { return nil }
    let end = min(12 + Int(bytes[10]) + Int(bytes[11]) << 8, bytes.count)
    var at = 12
    while at + 4 <= end {
      let length = Int(bytes[at + 2]) + Int(bytes[at + 3]) << 8
      guard at + 4 + length <= end else { return nil }
      if bytes[at] == identifier.0, bytes[at + 1] == identifier.1 { return bytes[at + 4..<at + 4 + length] }
      at += 4 + length
    }
    return nil
  }

  /// Inflates a whole member, checking its CRC and length, and that nothing follows it.
  ///
  /// - Parameters:
  ///   - offset: where the member begins in the stored file, for messages.
  ///   - limit: bytes that it may inflate to.
  package static func inflate(_ member: [UInt8], at offset: Int, limit: Int) throws(InputError) -> [UInt8] {
    var content = [UInt8]()
    let count = try inflate([member[...]], at: offset, limit: limit, into: &content)
    content.removeLast(content.count - count)
    return content
  }

  /// The same of a member in pieces, into an array that may be used again and again.
  ///
  /// - Parameter content: grows where it is too short; what is behind the member's content means nothing.
  /// - Returns: bytes of the member's content.
  package static func inflate(
    _ member: [ArraySlice<UInt8>], at offset: Int, limit: Int, into content: inout [UInt8]
  ) throws(InputError) -> Int {
    let length = member.reduce(0) { $0 + $1.count }
    guard length >= 18 else { throw InputError("truncated gzip member", at: .init(byte: offset)) }
    let declared = member.suffix(4).joined().suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    // Deflate cannot exceed 1032 : 1, so a declared size beyond that is a lie that need not be allocated for.
    guard declared <= limit, declared <= length * 1032 else {
      throw InputError(
        "a gzip member of \(length) bytes claims to inflate to \(declared), the limit is \(limit)",
        at: .init(byte: offset))
    }
    let stream = try ZlibStream(inflating: 15 + 16)
    // One byte more than declared, so that a longer member is told from one that ends exactly there.
    let room = declared + 1
    if content.count < room {
      content = []
      content = ZlibStream.room(room)
    }
    var (taken, made, status) = (0, 0, Z_OK)
    for (index, piece) in member.enumerated() where status == Z_OK && made < room {
      let flush = index == member.count - 1 ? Z_FINISH : Z_NO_FLUSH
      let output = stream.run(piece.span, into: &content, from: made, to: room, flush: flush)
      (taken, made, status) = (taken + output.taken, output.made, output.status)
    }
    guard status == Z_STREAM_END, taken == length, made == declared else {
      throw InputError(
        "corrupt gzip member: \(stream.message ?? "its length disagrees with its content")",
        at: .init(byte: offset + taken))
    }
    return declared
  }
}

/// Inflates a raw deflate stream, as a zip entry of method 8 holds it, of exactly `size` bytes.
///
/// - Precondition: `size` was checked against a limit.
package func inflateRaw(_ compressed: ArraySlice<UInt8>, size: Int, windowBits: Int32 = -15) -> [UInt8]? {
  guard let stream = try? ZlibStream(inflating: windowBits) else { return nil }
  let output = stream.run(compressed.span, room: size + 1, flush: Z_FINISH)
  return output.status == Z_STREAM_END && output.bytes.count == size ? output.bytes : nil
}

package func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
  (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Value(8 * $0)) }
}
