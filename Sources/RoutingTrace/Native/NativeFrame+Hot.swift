import Containers

extension NativeFrame {
  /// Appends values in the order of bytes that the format has.
  static func append<Value: FixedWidthInteger>(_ values: [Value], to bytes: inout [UInt8]) {
    if Value(1).littleEndian == 1 {
      values.withUnsafeBytes { bytes.append(contentsOf: $0) }
    } else {
      for value in values { bytes += littleEndian(value) }
    }
  }
}

extension NativeFrameReader {
  /// The next number.
  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value {
    let value = bytes.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: position, as: Value.self) }
    position += MemoryLayout<Value>.size
    return Value(littleEndian: value)
  }

  /// The next `count` numbers.
  ///
  /// - Precondition: the frame was found long enough.
  mutating func array<Value: FixedWidthInteger>(_ count: Int) -> [Value] {
    let size = count * MemoryLayout<Value>.size
    defer { position += size }
    var values = [Value](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBytes {
        UnsafeMutableRawBufferPointer(buffer).copyMemory(from: .init(rebasing: $0[position..<position + size]))
      }
      initialized = count
    }
    if Value(1).littleEndian != 1 { for i in values.indices { values[i] = Value(littleEndian: values[i]) } }
    return values
  }

  /// The next `count` ids of one byte; precondition as above.
  mutating func widened(_ count: Int) -> [UInt16] {
    defer { position += count }
    return [UInt16](unsafeUninitializedCapacity: count) { buffer, initialized in
      bytes.withUnsafeBufferPointer { source in
        for i in 0..<count { buffer[i] = UInt16(source[position &+ i]) }
      }
      initialized = count
    }
  }
}
