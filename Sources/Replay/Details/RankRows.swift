/// Ranks as rows of a chart: one each, or neighbours together where there are more than a chart has room for.
package struct RankRows: Sendable {
  package static let most = 128

  package let ranks: Int
  /// The last row may have fewer.
  package let ranksPerRow: Int

  package var count: Int { (ranks + ranksPerRow - 1) / ranksPerRow }

  /// Whole nodes together, if there are several.
  package init(ranks: Int, ranksPerNode: Int) {
    self.ranks = ranks
    func groups(of ranks: Int) -> Int { (ranks + Self.most - 1) / Self.most }
    ranksPerRow =
      ranks <= Self.most
      ? 1 : ranksPerNode < ranks ? ranksPerNode * groups(of: ranks / ranksPerNode) : groups(of: ranks)
  }

  /// Sums over the ranks of each row; `[…][ranks]` becomes `[…][rows]`.
  package func sums(of values: [Double]) -> [Double] {
    guard ranksPerRow > 1 else { return values }
    var sums: [Double] = []
    for start in stride(from: 0, to: values.count, by: ranks) {
      for first in stride(from: start, to: start + ranks, by: ranksPerRow) {
        sums.append(values[first..<min(first + ranksPerRow, start + ranks)].reduce(0, +))
      }
    }
    return sums
  }

  /// The same of both sides of a matrix, `[ranks][ranks]`.
  package func matrixSums(of values: [Double]) -> [[Double]] {
    let byRow = sums(of: values)
    return (0..<count).map { row in
      let members = row * ranksPerRow..<min((row + 1) * ranksPerRow, ranks)
      return (0..<count).map { column in members.reduce(0) { $0 + byRow[$1 * count + column] } }
    }
  }
}
