import Foundation

extension ArraySlice<UInt8> {
  /// Whether a text of at least a byte is among the bytes; quick where its first byte is rare.
  func holds(_ text: some Sequence<UInt8>) -> Bool {
    let text = Array(text)
    return withUnsafeBytes { bytes in
      var at = 0
      while at + text.count <= bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + at, Int32(text[0]), bytes.count - at)
      {
        at = base.distance(to: found)
        if bytes[at...].starts(with: text) { return true }
        at += 1
      }
      return false
    }
  }
}
