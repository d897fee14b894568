import CZlib
import Diagnostics
import Files

/// Streaming inflate of a gzip file of one or more members (RFC 1952), with bounded memory.
///
/// Errors carry the offset in the compressed file.
package final class GzipReader: ByteInput {
  package var name: String { input.name }
  package var offset: Int { input.offset - Int(stream.pointee.avail_in) }
  private let input: any ByteInput
  private let stream = makeStream()
  private let buffer: UnsafeMutableRawBufferPointer
  private var insideMember = false
  private var members = 0

  package init(_ input: any ByteInput) throws(InputError) {
    self.input = input
    buffer = .allocate(byteCount: 1 << 16, alignment: 16)
    guard inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
      throw InputError("zlib cannot start", in: input.name)
    }
  }

  deinit {
    inflateEnd(stream)
    stream.deallocate()
    buffer.deallocate()
  }

  package func read(into output: UnsafeMutableRawBufferPointer) throws(InputError) -> Int {
    guard let target = output.baseAddress, !output.isEmpty else { return 0 }
    stream.pointee.next_out = target.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_out = UInt32(min(output.count, 1 << 30))
    let wanted = stream.pointee.avail_out
    while stream.pointee.avail_out == wanted {
      if stream.pointee.avail_in == 0 { try refill() }
      if stream.pointee.avail_in == 0 {
        guard !insideMember, members > 0 else { throw error("truncated gzip file") }
        return 0
      }
      try startMemberIfNeeded()
      let status = inflate(stream, Z_NO_FLUSH)
      switch status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: insideMember = false
      default:
        throw error(stream.pointee.msg.map { "corrupt gzip data: \(String(cString: $0))" } ?? "corrupt gzip data")
      }
    }
    return Int(wanted - stream.pointee.avail_out)
  }

  private func refill() throws(InputError) {
    stream.pointee.next_in = buffer.baseAddress!.assumingMemoryBound(to: UInt8.self)
    stream.pointee.avail_in = UInt32(try input.read(into: buffer))
  }

  private func startMemberIfNeeded() throws(InputError) {
    guard !insideMember else { return }
    // The magic's second byte is checked by zlib, whose message would not tell garbage from corruption.
    guard stream.pointee.next_in.pointee == 0x1F else {
      throw error(members == 0 ? "not a gzip file" : "trailing garbage after the last gzip member")
    }
    if members > 0 { inflateReset(stream) }
    members += 1
    insideMember = true
  }

  private func error(_ message: String) -> InputError { InputError(message, in: name, at: .init(byte: offset)) }
}
