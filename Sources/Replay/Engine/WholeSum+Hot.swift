/// The sum of whole numbers, which is the same in whatever order they are added, so that eight are added at a time.
///
/// - Parameter values: whole, together below 2^53.
func wholeSum(_ values: [Double]) -> Double {
  values.withUnsafeBytes { bytes in
    var sums = SIMD8<Double>.zero
    var index = 0
    while index + 8 <= values.count {
      sums += bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Double>.stride, as: SIMD8<Double>.self)
      index += 8
    }
    return values[index...].reduce(sums.sum(), +)
  }
}

/// The largest of whole numbers, eight of them compared at a time.
///
/// - Parameter values: none below 0; 0 for none.
func wholeMaximum(_ values: [Double]) -> Double {
  values.withUnsafeBytes { bytes in
    var largest = SIMD8<Double>.zero
    var index = 0
    while index + 8 <= values.count {
      let eight = bytes.loadUnaligned(fromByteOffset: index * MemoryLayout<Double>.stride, as: SIMD8<Double>.self)
      largest.replace(with: eight, where: eight .> largest)
      index += 8
    }
    return values[index...].reduce(largest.max(), max)
  }
}
