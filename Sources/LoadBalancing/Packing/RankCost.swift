/// What it takes to send a token from one rank to another, up to scale.
public struct RankCost: Equatable, Sendable {
  public let ranks: Int
  /// `[ranks][ranks]` by source, then destination.
  public let values: [Double]

  /// - Parameter rows: `[ranks][ranks]` by source; finite and not negative, diagonal 0. Nil if they are not.
  public init?(_ rows: [[Double]]) {
    let isSquare = rows.allSatisfy { $0.count == rows.count }
    guard isSquare, rows.joined().allSatisfy({ $0.isFinite && $0 >= 0 }) else { return nil }
    guard rows.indices.allSatisfy({ rows[$0][$0] == 0 }) else { return nil }
    ranks = rows.count
    values = Array(rows.joined())
  }

  /// Nothing within a rank, `sameNode` within a node, `otherNode` beyond it.
  public init(ranks: Int, ranksPerNode: Int, sameNode: Double, otherNode: Double) {
    self.ranks = ranks
    values = (0..<ranks * ranks).map { index in
      let (source, destination) = (index / ranks, index % ranks)
      if source == destination { return 0 }
      return source / ranksPerNode == destination / ranksPerNode ? sameNode : otherNode
    }
  }

  /// Experts by descending load, each to the rank with room to which its tokens come cheapest; ties to the lowest expert
  /// and rank.
  ///
  /// - Parameters:
  ///   - visits: `[ranks][experts]` tokens by source.
  ///   - slotsPerRank: `ranks` times it are the experts.
  /// - Returns: `[ranks]` experts, ascending.
  /// - Complexity: O(experts · ranks²).
  func cheapest(_ visits: [ArraySlice<Double>], slotsPerRank: Int) -> [[Int]] {
    let experts = ranks * slotsPerRank
    let totals = (0..<experts).map { expert in visits.reduce(0) { $0 + $1[$1.startIndex + expert] } }
    var held = Array(repeating: [Int](), count: ranks)
    for expert in (0..<experts).sorted(by: { (-totals[$0], $0) < (-totals[$1], $1) }) {
      var best: (cost: Double, rank: Int)?
      for rank in 0..<ranks where held[rank].count < slotsPerRank {
        var cost = 0.0
        for (source, row) in visits.enumerated() {
          cost += row[row.startIndex + expert] * values[source * ranks + rank]
        }
        if cost < best?.cost ?? .infinity { best = (cost, rank) }
      }
      if let best { held[best.rank].append(expert) }
    }
    return held.map { $0.sorted() }
  }
}
