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

  /// Ids of two bytes that were not written yet, so that the system has no need to find memory for them.
  static func room(_ count: Int) -> [UInt16] {
    [UInt16](unsafeUninitializedCapacity: count) { _, initialized in initialized = count }
  }

  /// The next ids, of two bytes each; precondition as above.
  mutating func read(into ids: inout [UInt16]) {
    let size = 2 * ids.count
    defer { position += size }
    bytes.withUnsafeBytes { source in
      ids.withUnsafeMutableBytes { $0.copyMemory(from: .init(rebasing: source[position..<position + size])) }
    }
    if UInt16(1).littleEndian != 1 { for i in ids.indices { ids[i] = UInt16(littleEndian: ids[i]) } }
  }

  /// The next ids, of one byte each; precondition as above.
  mutating func widen(into ids: inout [UInt16]) {
    let count = ids.count
    defer { position += count }
    ids.withUnsafeMutableBufferPointer { ids in
      bytes.withUnsafeBufferPointer { source in
        for i in 0..<count { ids[i] = UInt16(source[position &+ i]) }
      }
    }
  }

  /// The same, of tokens with eight ids.
  ///
  /// - Returns: whether all are below the trace's experts and no token has the same one twice.
  mutating func widenEights(into ids: inout [UInt16]) -> Bool {
    let count = ids.count
    defer { position += count }
    return ids.withUnsafeMutableBufferPointer { ids in
      bytes.withUnsafeBytes { source in
        let target = UnsafeMutableRawBufferPointer(ids)
        var seen = SeenEights()
        var at = 0
        while at &+ 16 <= count {
          let ids = seen.meet(source.loadUnaligned(fromByteOffset: position &+ at, as: SIMD2<UInt64>.self))
          target.storeBytes(
            of: SIMD16<UInt16>(truncatingIfNeeded: ids), toByteOffset: 2 &* at, as: SIMD16<UInt16>.self)
          at &+= 16
        }
        if at < count {
          let one = source.loadUnaligned(fromByteOffset: position &+ at, as: UInt64.self)
          let eight = seen.meet(SIMD2(one, one))
          for i in 0..<8 { ids[at &+ i] = UInt16(eight[i]) }
        }
        return seen.equal == SIMD16<UInt8>() && Int(seen.largest.max()) < experts
      }
    }
  }
}

/// What was seen of tokens with eight ids of one byte each.
private struct SeenEights {
  /// Not 0 where ids of a token are equal.
  var equal = SIMD16<UInt8>()
  var largest = SIMD16<UInt8>()

  /// The ids of two tokens, each compared with itself rotated by 1…4, which meets every pair.
  @inline(__always)
  mutating func meet(_ two: SIMD2<UInt64>) -> SIMD16<UInt8> {
    let ids = unsafeBitCast(two, to: SIMD16<UInt8>.self)
    let same =
      (ids .== Self.rotated(two, by: 8)) .| (ids .== Self.rotated(two, by: 16)) .| (ids .== Self.rotated(two, by: 24))
      .| (ids .== Self.rotated(two, by: 32))
    equal.replace(with: 1, where: same)
    largest = pointwiseMax(largest, ids)
    return ids
  }

  @inline(__always)
  private static func rotated(_ two: SIMD2<UInt64>, by bits: UInt64) -> SIMD16<UInt8> {
    let rotated = two &>> SIMD2(repeating: bits) | two &<< SIMD2(repeating: 64 &- bits)
    return unsafeBitCast(rotated, to: SIMD16<UInt8>.self)
  }
}
