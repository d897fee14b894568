import Foundation

extension FileInput {
  /// What the system has at hand of the file, at most `count` bytes; none only at its end.
  func readOnce(atMost count: Int) throws(SystemError) -> [UInt8] {
    var code: Int32 = 0
    let piece = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      var got = Foundation.read(descriptor, buffer.baseAddress, buffer.count)
      while got < 0, errno == EINTR { got = Foundation.read(descriptor, buffer.baseAddress, buffer.count) }
      if got < 0 { code = errno }
      initialized = max(got, 0)
    }
    if code != 0 { throw SystemError(code) }
    return piece
  }
}
