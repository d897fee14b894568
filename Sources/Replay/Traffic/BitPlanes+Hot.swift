/// Sums of words, column by column: a word has a bit for each column, and plane p has bit p of every column's sum, so that
/// one addition is of all columns at once.
///
/// Eight words go through seven carry-save adders before a carry leaves the lowest three planes (Harley and Seal's count,
/// in H. S. Warren, *Hacker's Delight*, section 5-1). Two words side by side are added up in one go.
///
/// Unchecked: whoever calls gives room for as many planes as `planes(for:)` says.
enum BitPlanes {
  typealias Pair = SIMD2<UInt64>

  /// More than any sum has.
  static let maximum = Int.bitWidth

  /// Planes that the sum of `count` words takes.
  static func planes(for count: Int) -> Int { Int.bitWidth - count.leadingZeroBitCount }

  /// `[256]` the eight bits of a byte as eight bytes.
  static let spread: [UInt64] = (0..<256).map { byte in
    (0..<8).reduce(0) { $0 | UInt64(byte >> $1 & 1) << UInt64(8 * $1) }
  }

  /// Puts the sum of `words[..<count]` into `planes`, at least three of them.
  @inline(__always)
  static func sum(_ words: UnsafePointer<Pair>, count: Int, into planes: UnsafeMutablePointer<Pair>) {
    let high = 3..<max(3, Self.planes(for: count))
    for plane in high { planes[plane] = .zero }
    var (ones, twos, fours) = (Pair.zero, Pair.zero, Pair.zero)
    var carry: Pair
    var place = 0
    while place &+ 8 <= count {
      let eight = words + place
      let early = fold(eight, &ones, &twos)
      let late = fold(eight + 4, &ones, &twos)
      carry = add(early, late, to: &fours)
      for plane in high { carry = add(carry, to: &planes[plane]) }
      place &+= 8
    }
    while place < count {
      carry = add(words[place], to: &ones)
      carry = add(carry, to: &twos)
      carry = add(carry, to: &fours)
      for plane in high { carry = add(carry, to: &planes[plane]) }
      place &+= 1
    }
    (planes[0], planes[1], planes[2]) = (ones, twos, fours)
  }

  /// Adds the first words of the pairs in `planes` to those of `sums`.
  @inline(__always)
  static func add(_ planes: UnsafePointer<Pair>, count: Int, to sums: UnsafeMutablePointer<UInt64>, count sumCount: Int)
  {
    var carry: UInt64 = 0
    for plane in 0..<min(count, sumCount) {
      let (one, other) = (sums[plane], planes[plane][0])
      let half = one ^ other
      sums[plane] = half ^ carry
      carry = one & other | half & carry
    }
    for plane in min(count, sumCount)..<sumCount {
      let one = sums[plane]
      sums[plane] = one ^ carry
      carry &= one
    }
  }

  /// Gives the sums of `columns` columns as doubles.
  ///
  /// - Parameters:
  ///   - planes: each `stride` words after the one before.
  ///   - spread: `Self.spread`.
  @inline(__always)
  static func widen(
    _ planes: UnsafePointer<UInt64>, stride: Int, count: Int, columns: Int, _ spread: UnsafePointer<UInt64>,
    to sums: UnsafeMutablePointer<Double>
  ) {
    var first = 0
    while first < columns {
      let those = min(8, columns &- first)
      var bytes = eightBytes(planes, stride: stride, 0..<min(8, count), column: first, spread)
      withUnsafeBytes(of: &bytes) { bytes in
        for column in 0..<those { sums[first &+ column] = Double(bytes[column]) }
      }
      var (plane, unit) = (8, 256.0)
      while plane < count {
        bytes = eightBytes(planes, stride: stride, plane..<min(plane &+ 8, count), column: first, spread)
        withUnsafeBytes(of: &bytes) { bytes in
          for column in 0..<those { sums[first &+ column] += unit * Double(bytes[column]) }
        }
        (plane, unit) = (plane &+ 8, unit * 256)
      }
      first &+= 8
    }
  }

  /// What at most eight planes have of eight columns, a byte each.
  @inline(__always)
  private static func eightBytes(
    _ planes: UnsafePointer<UInt64>, stride: Int, _ range: Range<Int>, column: Int, _ spread: UnsafePointer<UInt64>
  ) -> UInt64 {
    var (bytes, place) = (UInt64(0), UInt64(0))
    for plane in range {
      bytes |= spread[Int(truncatingIfNeeded: planes[plane &* stride] &>> UInt64(column) & 0xFF)] &<< place
      place &+= 1
    }
    return bytes
  }

  /// Adds four words; returns the carry out of the twos.
  @inline(__always)
  private static func fold(_ words: UnsafePointer<Pair>, _ ones: inout Pair, _ twos: inout Pair) -> Pair {
    let early = add(words[0], words[1], to: &ones)
    let late = add(words[2], words[3], to: &ones)
    return add(early, late, to: &twos)
  }

  /// Adds two words; returns the carry.
  @inline(__always)
  private static func add(_ one: Pair, _ other: Pair, to sum: inout Pair) -> Pair {
    let half = one ^ other
    let carry = one & other | half & sum
    sum ^= half
    return carry
  }

  /// Adds a word; returns the carry.
  @inline(__always)
  private static func add(_ word: Pair, to sum: inout Pair) -> Pair {
    let carry = sum & word
    sum ^= word
    return carry
  }
}
