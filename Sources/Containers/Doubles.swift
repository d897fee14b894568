/// 64-bit floats one after the other, little-endian.
package func storedDoubles(_ values: [Double]) -> [UInt8] {
  var bytes: [UInt8] = []
  bytes.reserveCapacity(8 * values.count)
  for value in values {
    let pattern = value.bitPattern
    for shift in stride(from: UInt64(0), to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: pattern >> shift)) }
  }
  return bytes
}

/// What `storedDoubles` gave the bytes of.
///
/// - Parameters:
///   - start: index of the first byte.
///   - count: of floats; all of them have to be there.
package func doubles(in bytes: [UInt8], from start: Int, count: Int) -> [Double] {
  (0..<count).map { index in
    var pattern: UInt64 = 0
    for byte in 0..<8 { pattern |= UInt64(bytes[start + 8 * index + byte]) << UInt64(8 * byte) }
    return Double(bitPattern: pattern)
  }
}
