import CZlib
import Diagnostics

/// Streaming deflate into a gzip file of one member, with bounded memory.
package final class GzipWriter {
  private let stream = makeStream()
  private var buffer = [UInt8](repeating: 0, count: 1 << 16)
  private let sink: ([UInt8]) throws(InputError) -> Void

  /// - Parameter sink: receives compressed bytes in order.
  package init(level: Int32 = 6, sink: @escaping ([UInt8]) throws(InputError) -> Void) throws(InputError) {
    self.sink = sink
    let size = Int32(MemoryLayout<z_stream>.size)
    guard deflateInit2_(stream, level, Z_DEFLATED, 15 + 16, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK else {
      throw InputError("zlib cannot start")
    }
  }

  deinit {
    deflateEnd(stream)
    stream.deallocate()
  }

  package func write(_ bytes: [UInt8]) throws(InputError) { try deflate(bytes, flush: Z_NO_FLUSH) }

  /// Ends the member; nothing can be written afterwards.
  package func finish() throws(InputError) { try deflate([], flush: Z_FINISH) }

  private func deflate(_ bytes: [UInt8], flush: Int32) throws(InputError) {
    var bytes = bytes
    var consumed = 0
    while true {
      var produced = 0
      var status = Z_OK
      bytes.withUnsafeMutableBufferPointer { source in
        buffer.withUnsafeMutableBufferPointer { target in
          stream.pointee.next_in = source.baseAddress.map { $0 + consumed }
          stream.pointee.avail_in = UInt32(source.count - consumed)
          stream.pointee.next_out = target.baseAddress
          stream.pointee.avail_out = UInt32(target.count)
          status = CZlib.deflate(stream, flush)
          consumed = source.count - Int(stream.pointee.avail_in)
          produced = target.count - Int(stream.pointee.avail_out)
        }
      }
      if produced > 0 { try sink(Array(buffer[..<produced])) }
      if status == Z_STREAM_END || (flush == Z_NO_FLUSH && produced < buffer.count) { return }
      guard status == Z_OK || status == Z_BUF_ERROR else { throw InputError("zlib cannot deflate (\(status))") }
    }
  }
}
