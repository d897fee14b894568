import CZlib
import Diagnostics
import Files

/// Streaming inflate of a gzip file of one or more members (RFC 1952), with bounded memory.
///
/// Errors carry the offset in the compressed file.
package final class GzipReader: ByteInput {
  package var name: String { input.name }
  package var offset: Int { input.offset - (stored.count - taken) }
  private let input: any ByteInput
  private let stream: ZlibStream
  /// The piece of the file at hand, and how much of it was inflated.
  private var stored: [UInt8] = []
  private var taken = 0
  private var insideMember = false
  private var members = 0

  package init(_ input: any ByteInput) throws(InputError) {
    self.input = input
    do throws(InputError) {
      stream = try ZlibStream(inflating: 15 + 16)
    } catch {
      throw error.attributed(to: input.name)
    }
  }

  package func readPiece(atMost count: Int) throws(InputError) -> [UInt8] {
    while true {
      if taken == stored.count { try refill() }
      if stored.isEmpty {
        guard !insideMember, members > 0 else { throw error("truncated gzip file") }
        return []
      }
      try startMemberIfNeeded()
      let output = stream.run(stored.span.extracting(taken...), room: min(count, 1 << 30))
      taken += output.taken
      switch output.status {
      case Z_OK, Z_BUF_ERROR: break
      case Z_STREAM_END: insideMember = false
      default: throw error(stream.message.map { "corrupt gzip data: \($0)" } ?? "corrupt gzip data")
      }
      if !output.bytes.isEmpty { return output.bytes }
    }
  }

  private func refill() throws(InputError) {
    stored = try input.readPiece(atMost: 1 << 16)
    taken = 0
  }

  private func startMemberIfNeeded() throws(InputError) {
    guard !insideMember else { return }
    // The magic's second byte is checked by zlib, whose message would not tell garbage from corruption.
    guard stored[taken] == 0x1F else {
      throw error(members == 0 ? "not a gzip file" : "trailing garbage after the last gzip member")
    }
    if members > 0 { stream.reset() }
    members += 1
    insideMember = true
  }

  private func error(_ message: String) -> InputError { InputError(message, in: name, at: .init(byte: offset)) }
}
