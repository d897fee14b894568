import CZlib
import Diagnostics

/// Streaming deflate into a gzip file of one member, with bounded memory.
package final class GzipWriter {
  private let stream: ZlibStream
  private let sink: ([UInt8]) throws(InputError) -> Void

  /// - Parameter sink: receives compressed bytes in order.
  package init(level: Int32 = 6, sink: @escaping ([UInt8]) throws(InputError) -> Void) throws(InputError) {
    self.sink = sink
    stream = try ZlibStream(deflating: 15 + 16, level: level)
  }

  package func write(_ bytes: [UInt8]) throws(InputError) { try deflate(bytes, flush: Z_NO_FLUSH) }

  /// Ends the member; nothing can be written afterwards.
  package func finish() throws(InputError) { try deflate([], flush: Z_FINISH) }

  private func deflate(_ bytes: [UInt8], flush: Int32) throws(InputError) {
    let room = 1 << 16
    var taken = 0
    while true {
      let output = stream.run(bytes.span.extracting(taken...), room: room, flush: flush)
      taken += output.taken
      if !output.bytes.isEmpty { try sink(output.bytes) }
      if output.status == Z_STREAM_END || (flush == Z_NO_FLUSH && output.bytes.count < room) { return }
      guard output.status == Z_OK || output.status == Z_BUF_ERROR else {
        throw InputError("zlib cannot deflate (\(output.status))")
      }
    }
  }
}
