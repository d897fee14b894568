import Diagnostics

/// Bytes that arrive in order.
package protocol ByteInput: AnyObject {
  /// What messages call the input.
  var name: String { get }
  /// Bytes of the stored file taken so far.
  var offset: Int { get }
  /// Fills the start of `buffer`; 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(InputError) -> Int
}

extension ByteInput {
  /// Up to `count` bytes; fewer only at the end.
  package func read(count: Int) throws(InputError) -> [UInt8] {
    var bytes = [UInt8]()
    // Grows with what arrives, so that a lying `count` allocates nothing.
    while bytes.count < count {
      let piece = try readPiece(of: min(count - bytes.count, 1 << 20))
      if piece.isEmpty { break }
      if bytes.isEmpty { bytes = piece } else { bytes += piece }
    }
    return bytes
  }

  private func readPiece(of count: Int) throws(InputError) -> [UInt8] {
    var failure: InputError?
    let piece = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      let raw = UnsafeMutableRawBufferPointer(buffer)
      while initialized < count {
        do throws(InputError) {
          let got = try read(into: UnsafeMutableRawBufferPointer(rebasing: raw[initialized...]))
          if got == 0 { return }
          initialized += got
        } catch {
          failure = error
          return
        }
      }
    }
    if let failure { throw failure }
    return piece
  }
}
