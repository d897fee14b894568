/// TensorRT-LLM's packing by co-occurrence: rank by rank, the copies of experts that were chosen together with those
/// already there, up to a part of the rank's slots and load; what is left goes to the least loaded ranks.
///
/// A rank is closed by the first copy that does not fit. An expert comes twice on a rank only if nothing else is left.
///
/// - Complexity: O(slots · experts).
struct TogetherPacking {
  private let shares: [Double]
  /// `[experts]` copies that have no rank yet.
  private var left: [Int]
  private let together: [Double]
  private var packing: LongestFirst

  /// - Parameters:
  ///   - shares: `[experts]` tokens of a copy.
  ///   - together: `[experts][experts]` tokens that chose both.
  init(_ shares: [Double], copies: [Int], together: [Double], ranks: Int, slotsPerRank: Int) {
    self.shares = shares
    left = copies
    self.together = together
    packing = LongestFirst(ranks: ranks, slotsPerRank: slotsPerRank)
  }

  /// - Parameter alpha: the part of a rank's slots, and of the mean load, that is filled by co-occurrence.
  /// - Returns: `[ranks]` experts.
  mutating func pack(alpha: Double, mean: Double, slotsPerRank: Int) -> [[Int]] {
    for rank in packing.held.indices {
      var pull = Array(repeating: 0.0, count: shares.count)
      while let expert = next(pull),
        Double(packing.held[rank].count + 1) <= alpha * Double(slotsPerRank),
        packing.loads[rank] + shares[expert] <= alpha * mean
      {
        packing.put(expert, share: shares[expert], on: rank)
        left[expert] -= 1
        let row = expert * shares.count
        for other in shares.indices { pull[other] += other == expert ? Self.ownPair : together[row + other] }
      }
    }
    let order = shares.indices.sorted { (shares[$0], $0) > (shares[$1], $1) }
    for expert in order {
      for _ in 0..<left[expert] { packing.put(expert, share: shares[expert]) }
    }
    return packing.held
  }

  /// The expert with copies left that is drawn to the rank most; among equals the one with the largest share, then the
  /// lowest id.
  private func next(_ pull: [Double]) -> Int? {
    let open = shares.indices.lazy.filter { [left] in left[$0] > 0 }
    return open.max { (pull[$0], shares[$0], -$0) < (pull[$1], shares[$1], -$1) }
  }

  private static let ownPair = -1e9
}
