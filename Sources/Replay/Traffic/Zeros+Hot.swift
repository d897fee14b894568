extension UnsafeMutableBufferPointer where Element: FixedWidthInteger {
  /// Memory for so many zeros; whoever asks for it deallocates it.
  static func zeros(_ count: Int) -> Self {
    let buffer = allocate(capacity: count)
    buffer.initialize(repeating: 0)
    return buffer
  }
}

extension Array where Element: ExpressibleByIntegerLiteral {
  /// The array as so many zeros, in the memory it has if that is as long.
  mutating func clear(count: Int) {
    guard self.count == count else { return self = Array(repeating: 0, count: count) }
    withUnsafeMutableBufferPointer { $0.update(repeating: 0) }
  }
}
