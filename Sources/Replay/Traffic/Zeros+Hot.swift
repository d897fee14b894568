extension UnsafeMutableBufferPointer where Element: FixedWidthInteger {
  /// Memory for so many zeros; whoever asks for it deallocates it.
  static func zeros(_ count: Int) -> Self {
    let buffer = allocate(capacity: count)
    buffer.initialize(repeating: 0)
    return buffer
  }
}
