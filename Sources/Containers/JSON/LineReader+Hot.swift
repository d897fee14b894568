extension LineReader {
  /// The first newline from a place on, eight bytes at a time.
  static func firstNewline(in bytes: [UInt8], from start: Int) -> Int? {
    bytes.withUnsafeBytes { bytes in
      let (ones, newlines): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x0A0A_0A0A_0A0A_0A0A)
      var at = start
      while at &+ 8 <= bytes.count {
        let word = bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self) ^ newlines
        // Not 0 where a byte of the word is.
        if (word &- ones) & ~word & (ones &<< 7) != 0 { break }
        at &+= 8
      }
      while at < bytes.count, bytes[at] != 0x0A { at &+= 1 }
      return at < bytes.count ? at : nil
    }
  }
}
