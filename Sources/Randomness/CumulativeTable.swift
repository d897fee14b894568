/// A distribution to draw indices from, with a guide into it, so that a draw takes a look or two however many there are
/// (Chen and Asau, "On generating random variates from an empirical distribution", 1974).
public struct CumulativeTable: Sendable {
  @usableFromInline
  let cumulative: [Double]
  /// `[cumulative.count]` about where draws are found that begin at so many parts of all.
  @usableFromInline
  let guide: [Int32]

  /// - Parameter cumulative: probabilities of an index and all before it: ascending, not empty, the last about 1.
  public init(_ cumulative: [Double]) {
    precondition(!cumulative.isEmpty)
    self.cumulative = cumulative
    let count = Double(cumulative.count)
    var (guide, index) = ([Int32](), 0)
    guide.reserveCapacity(cumulative.count)
    for part in cumulative.indices {
      while index + 1 < cumulative.count, Double(part) / count >= cumulative[index] { index += 1 }
      guide.append(Int32(index))
    }
    self.guide = guide
  }

  /// The first index whose cumulative probability exceeds a uniform draw, or the last.
  ///
  /// - Complexity: O(1) on average.
  @inlinable
  @inline(__always)
  public func draw(_ generator: inout SeededGenerator) -> Int {
    let position = generator.unit()
    var index = Int(guide[Int(position * Double(guide.count))])
    while index + 1 < cumulative.count, position >= cumulative[index] { index += 1 }
    while index > 0, position < cumulative[index - 1] { index -= 1 }
    return index
  }
}
