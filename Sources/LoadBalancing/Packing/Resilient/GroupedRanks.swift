/// Lays copies on ranks: whole groups of experts first, what is still owed on the ranks left over.
struct GroupedRanks {
  /// `[ranks][slots per rank]` experts, none twice on a rank.
  private(set) var rows: [[Int]] = []
  private let slotsPerRank: Int
  private let ranksInAll: Int

  private var ranksLeft: Int { ranksInAll - rows.count }

  init(_ copies: ResilientCopies, shape: PlacementShape, minimum: Int) {
    slotsPerRank = shape.slotsPerRank
    ranksInAll = shape.ranks
    var owed = copies.counts
    layGroups(copies, &owed, minimum: minimum)
    deal(owed, copies)
  }

  /// Groups as long as the experts after them keep enough ranks.
  private mutating func layGroups(_ copies: ResilientCopies, _ owed: inout [Int], minimum: Int) {
    let order = copies.ascending
    for start in stride(from: 0, through: order.count - slotsPerRank, by: slotsPerRank) {
      let group = Array(order[start..<start + slotsPerRank])
      let isLast = start + slotsPerRank == order.count
      let ranks = group.map { copies.counts[$0] }.min() ?? 0
      guard ranksLeft - ranks >= (isLast ? 0 : minimum) else { return }
      rows += Array(repeating: group, count: ranks)
      for expert in group { owed[expert] -= ranks }
    }
  }

  /// Fills the ranks left over, each expert on as many as it is owed, the ranks in turn.
  private mutating func deal(_ owed: [Int], _ copies: ResilientCopies) {
    let ranks = ranksLeft
    var dealt = owed.map { min($0, ranks) }
    func loadPerCopy(_ expert: Int) -> Double {
      copies.load[expert] / Double(max(1, copies.counts[expert] - owed[expert] + dealt[expert]))
    }
    for _ in 0..<ranks * slotsPerRank - dealt.reduce(0, +) {
      let open = copies.ascending.reversed().filter { dealt[$0] < ranks }
      guard let hottest = open.max(by: { loadPerCopy($0) < loadPerCopy($1) }) else { break }
      dealt[hottest] += 1
    }
    let inTurn = copies.ascending.flatMap { Array(repeating: $0, count: dealt[$0]) }
    rows += (0..<ranks).map { rank in stride(from: rank, to: inTurn.count, by: ranks).map { inTurn[$0] } }
  }
}
