extension SeededGenerator {
  /// The first index whose cumulative probability exceeds a uniform draw, or the last.
  ///
  /// - Parameter cumulative: ascending, not empty, the last about 1.
  /// - Complexity: O(log `cumulative.count`).
  public mutating func index(inCumulative cumulative: [Double]) -> Int {
    precondition(!cumulative.isEmpty)
    let position = unit()
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if position < cumulative[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }
}
