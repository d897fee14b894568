extension AliasTable {
  /// The outcome that 64 random bits stand for: the upper half chooses an entry, the lower half it or its alias.
  ///
  /// - Complexity: O(1).
  @inlinable @inline(__always)
  public static func outcome(_ table: UnsafeBufferPointer<UInt64>, _ bits: UInt64) -> Int {
    let column = self.column(bits, of: table.count)
    let entry = table[column]
    return bits & 0xFFFF_FFFF < entry >> 32 ? column : Int(entry & 0xFFFF)
  }

  /// One of `count` columns, any as likely as any other to within 2^−32, from the upper half of 64 random bits.
  @inlinable @inline(__always)
  public static func column(_ bits: UInt64, of count: Int) -> Int { Int(((bits >> 32) &* UInt64(count)) >> 32) }
}
