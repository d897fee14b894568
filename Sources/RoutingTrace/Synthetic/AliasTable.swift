import Randomness

/// Draws from a fixed discrete distribution in constant time (Walker 1977, in the form of Vose 1991).
struct AliasTable {
  /// `[outcomes]` 32-bit threshold above which the alias is taken.
  private let thresholds: [UInt32]
  private let aliases: [UInt16]

  /// - Parameter weights: not negative, their sum above 0, at most 65,536 of them.
  init(_ weights: [Double]) {
    let count = weights.count
    let total = weights.reduce(0, +)
    var scaled = weights.map { $0 / total * Double(count) }
    var aliases = (0..<count).map { UInt16($0) }
    var small = scaled.indices.filter { scaled[$0] < 1 }
    var large = scaled.indices.filter { scaled[$0] >= 1 }
    var thresholds = [UInt32](repeating: .max, count: count)
    while let low = small.last, let high = large.last {
      small.removeLast()
      thresholds[low] = UInt32(scaled[low] * 0x1p32)
      aliases[low] = UInt16(high)
      scaled[high] -= 1 - scaled[low]
      if scaled[high] < 1 {
        large.removeLast()
        small.append(high)
      }
    }
    self.thresholds = thresholds
    self.aliases = aliases
  }

  /// - Parameter bits: 64 random bits.
  @inline(__always)
  func draw(_ bits: UInt64) -> UInt16 {
    let product = (bits >> 32) &* UInt64(thresholds.count)
    let column = Int(product >> 32)
    return UInt32(truncatingIfNeeded: bits) < thresholds[column] ? UInt16(column) : aliases[column]
  }
}
