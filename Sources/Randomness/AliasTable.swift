/// Draws from a discrete distribution in constant time (Walker 1977, in the form of Vose 1991).
///
/// A table is one entry for each outcome, so that many tables can stand one behind the other. An entry holds a 32-bit
/// threshold above its alias's 16 bits.
public enum AliasTable {
  /// - Parameter weights: not negative, their sum above 0, at most 65,536 of them.
  /// - Complexity: O(`weights.count`).
  public static func packed(_ weights: [Double]) -> [UInt64] {
    let count = weights.count
    let total = weights.reduce(0, +)
    var scaled = weights.map { $0 / total * Double(count) }
    var small = scaled.indices.filter { scaled[$0] < 1 }
    var large = scaled.indices.filter { scaled[$0] >= 1 }
    var entries = (0..<count).map { UInt64(UInt32.max) << 32 | UInt64($0) }
    while let low = small.last, let high = large.last {
      small.removeLast()
      entries[low] = UInt64(scaled[low] * 0x1p32) << 32 | UInt64(high)
      scaled[high] -= 1 - scaled[low]
      if scaled[high] < 1 {
        large.removeLast()
        small.append(high)
      }
    }
    return entries
  }

  /// The outcome that 64 random bits stand for: the upper half chooses an entry, the lower half it or its alias.
  ///
  /// - Complexity: O(1).
  @inlinable @inline(__always)
  public static func outcome(_ table: Span<UInt64>, _ bits: UInt64) -> Int {
    let column = self.column(bits, of: table.count)
    let entry = table[column]
    return bits & 0xFFFF_FFFF < entry >> 32 ? column : Int(entry & 0xFFFF)
  }

  /// One of `count` columns, any as likely as any other to within 2^−32, from the upper half of 64 random bits.
  @inlinable @inline(__always)
  public static func column(_ bits: UInt64, of count: Int) -> Int { Int(((bits >> 32) &* UInt64(count)) >> 32) }
}
