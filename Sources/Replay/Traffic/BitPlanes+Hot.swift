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

  /// `[256]` how many of a byte's bits are 1.
  static let ones: [UInt8] = (0..<256).map { UInt8($0.nonzeroBitCount) }

  /// Puts the sum of `count` pairs of words, each `stride` after the one before, into `planes`, at least three of them.
  @inline(__always)
  static func sum(
    _ words: UnsafePointer<Pair>, stride: Int, count: Int, into planes: UnsafeMutablePointer<Pair>
  ) {
    let high = 3..<max(3, Self.planes(for: count))
    for plane in high { planes[plane] = .zero }
    var (ones, twos, fours) = (Pair.zero, Pair.zero, Pair.zero)
    var carry: Pair
    var words = words
    for _ in 0..<count / 8 {
      let early = fold(words, stride, &ones, &twos)
      let late = fold(words + 4 &* stride, stride, &ones, &twos)
      carry = add(early, late, to: &fours)
      for plane in high { carry = add(carry, to: &planes[plane]) }
      words += 8 &* stride
    }
    for _ in 0..<count % 8 {
      carry = add(words.pointee, to: &ones)
      carry = add(carry, to: &twos)
      carry = add(carry, to: &fours)
      for plane in high { carry = add(carry, to: &planes[plane]) }
      words += stride
    }
    (planes[0], planes[1], planes[2]) = (ones, twos, fours)
  }

  /// Adds four words; returns the carry out of the twos.
  @inline(__always)
  private static func fold(
    _ words: UnsafePointer<Pair>, _ stride: Int, _ ones: inout Pair, _ twos: inout Pair
  ) -> Pair {
    let early = add(words[0], words[stride], to: &ones)
    let late = add(words[2 &* stride], words[3 &* stride], to: &ones)
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

extension BitPlanes {
  /// Sums of rows of words, two words of a row side by side.
  struct Sums {
    /// `[pairs][BitPlanes.maximum]`, of which the first `count` planes of each pair are there.
    let planes: UnsafePointer<Pair>
    let count: Int
    /// `BitPlanes.spread`.
    let spread: UnsafePointer<UInt64>

    /// Gives the sums of the first columns of `words` as doubles.
    @inline(__always)
    func widen(words: Range<Int>, columns: Int, to sums: UnsafeMutablePointer<Double>) {
      for (place, word) in words.enumerated() {
        let planes = UnsafeRawPointer(planes + word / 2 &* BitPlanes.maximum).assumingMemoryBound(to: UInt64.self)
        widen(planes + word % 2, columns: min(64, columns &- 64 &* place), to: sums + 64 &* place)
      }
    }

    @inline(__always)
    private func widen(_ planes: UnsafePointer<UInt64>, columns: Int, to sums: UnsafeMutablePointer<Double>) {
      var first = 0
      while first < columns {
        let those = min(8, columns &- first)
        var bytes = eightBytes(planes, 0..<min(8, count), column: first)
        withUnsafeBytes(of: &bytes) { bytes in
          for column in 0..<those { sums[first &+ column] = Double(bytes[column]) }
        }
        var (plane, unit) = (8, 256.0)
        while plane < count {
          bytes = eightBytes(planes, plane..<min(plane &+ 8, count), column: first)
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
    private func eightBytes(_ planes: UnsafePointer<UInt64>, _ range: Range<Int>, column: Int) -> UInt64 {
      var (bytes, place) = (UInt64(0), UInt64(0))
      for plane in range {
        bytes |= spread[Int(truncatingIfNeeded: planes[2 &* plane] &>> UInt64(column) & 0xFF)] &<< place
        place &+= 1
      }
      return bytes
    }
  }
}
