import CZlib
import Diagnostics

/// A stream of zlib: the only place that hands it memory.
final class ZlibStream {
  /// What zlib made of some input.
  struct Output {
    var bytes: [UInt8]
    /// Bytes of the input that it took.
    var taken: Int
    /// zlib's own.
    var status: Int32
  }

  // At an address of its own: zlib remembers where its stream is and refuses one that moved.
  private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
  private let isInflating: Bool

  /// - Parameter windowBits: 15 + 16 for gzip, 15 for zlib, −15 for raw deflate.
  init(inflating windowBits: Int32) throws(InputError) {
    isInflating = true
    stream.initialize(to: z_stream())
    try Self.check(inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)))
  }

  /// - Parameter windowBits: as above.
  init(deflating windowBits: Int32, level: Int32, strategy: Int32 = Z_DEFAULT_STRATEGY) throws(InputError) {
    isInflating = false
    stream.initialize(to: z_stream())
    let size = Int32(MemoryLayout<z_stream>.size)
    try Self.check(deflateInit2_(stream, level, Z_DEFLATED, windowBits, 9, strategy, ZLIB_VERSION, size))
  }

  private static func check(_ status: Int32) throws(InputError) {
    if status != Z_OK { throw InputError("zlib cannot start") }
  }

  deinit {
    if isInflating { inflateEnd(stream) } else { deflateEnd(stream) }
    stream.deallocate()
  }

  /// Takes as much of `input` as the output has room for.
  ///
  /// - Parameters:
  ///   - room: bytes of output.
  ///   - flush: one of zlib's constants.
  func run(_ input: Span<UInt8>, room: Int, flush: Int32 = Z_NO_FLUSH) -> Output {
    var output = Output(bytes: [], taken: 0, status: Z_OK)
    output.bytes = [UInt8](unsafeUninitializedCapacity: room) { target, initialized in
      input.withUnsafeBufferPointer { source in
        stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        stream.pointee.avail_in = UInt32(source.count)
        stream.pointee.next_out = target.baseAddress
        stream.pointee.avail_out = UInt32(room)
        output.status = isInflating ? inflate(stream, flush) : deflate(stream, flush)
        output.taken = source.count - Int(stream.pointee.avail_in)
      }
      initialized = room - Int(stream.pointee.avail_out)
    }
    return output
  }

  /// Takes as much of `input` as there is room for, and puts what comes of it into `output`, from `start` on.
  ///
  /// - Parameter end: where room in `output` ends.
  /// - Returns: bytes of the input that were taken, where what came of them ends, and zlib's status.
  func run(
    _ input: Span<UInt8>, into output: inout [UInt8], from start: Int, to end: Int, flush: Int32
  ) -> (taken: Int, made: Int, status: Int32) {
    output.withUnsafeMutableBufferPointer { target in
      input.withUnsafeBufferPointer { source in
        let room = target[start..<end]
        stream.pointee.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
        stream.pointee.avail_in = UInt32(source.count)
        stream.pointee.next_out = UnsafeMutableBufferPointer(rebasing: room).baseAddress
        stream.pointee.avail_out = UInt32(room.count)
        let status = isInflating ? inflate(stream, flush) : deflate(stream, flush)
        return (source.count - Int(stream.pointee.avail_in), end - Int(stream.pointee.avail_out), status)
      }
    }
  }

  /// Room that nothing was written into yet, so that the system has no need to find memory for it.
  static func room(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { _, initialized in initialized = count }
  }

  /// Begins the next member of a file.
  func reset() { inflateReset(stream) }

  /// Bytes that `count` bytes deflate to at most.
  func bound(of count: Int) -> Int { Int(deflateBound(stream, UInt(count))) }

  /// What zlib says of the last error.
  var message: String? { stream.pointee.msg.map { String(cString: $0) } }
}

/// CRC-32 of zip and gzip.
package func crc32(of bytes: [UInt8]) -> UInt32 {
  bytes.withUnsafeBufferPointer { UInt32(crc32(0, $0.baseAddress, UInt32($0.count))) }
}
