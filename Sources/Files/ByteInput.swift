import Diagnostics

/// Bytes that arrive in order.
package protocol ByteInput: AnyObject {
  /// What messages call the input.
  var name: String { get }
  /// Bytes of the stored file taken so far.
  var offset: Int { get }
  /// The next bytes; none only at the end.
  ///
  /// - Parameter count: bytes wanted at most, above 0.
  func readPiece(atMost count: Int) throws(InputError) -> [UInt8]
}

extension ByteInput {
  /// Up to `count` bytes; fewer only at the end.
  package func read(count: Int) throws(InputError) -> [UInt8] {
    var bytes = [UInt8]()
    // Grows with what arrives, so that a lying `count` allocates nothing.
    while bytes.count < count {
      let piece = try readPiece(atMost: min(count - bytes.count, 1 << 20))
      if piece.isEmpty { break }
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
    }
    return bytes
  }
}
