/// Gives the bins of a new placement to the ranks that hold most of their experts already.
///
/// Greedy: the pair of bin and rank with the most slots of the same experts first, ties to the lowest bin, then the
/// rank that holds the expert in its lowest slot. Ranks are alike to a planner that does not look at nodes, so
/// relabelling them costs no balance and saves moves.
///
/// - Complexity: O(slots · replicas + ranks) per layer.
struct RankMatching {
  let ranks: Int
  let slotsPerRank: Int
  /// `[ranks]` experts in common with the bin at hand.
  var overlap: [Int32]
  /// Ranks with experts in common with the bin at hand.
  var touched: [Int32]
  /// Bins and ranks with experts in common, bin by bin.
  var pairs: [Pair] = []
  /// `[bins]` the rank of each bin.
  private var rankOfBin: [Int]
  private var isTaken: [Bool]

  struct Pair {
    var bin: Int32
    var rank: Int32
    var common: Int32
  }

  init(ranks: Int, slotsPerRank: Int) {
    self.ranks = ranks
    self.slotsPerRank = slotsPerRank
    overlap = Array(repeating: 0, count: ranks)
    touched = Array(repeating: 0, count: ranks)
    rankOfBin = Array(0..<ranks)
    isTaken = Array(repeating: false, count: ranks)
  }

  /// The rank that a bin was given.
  func rank(ofBin bin: Int) -> Int { rankOfBin[bin] }

  /// - Parameter plan: `[slots]` the expert of every slot.
  mutating func match(_ plan: [Int], to current: LayerPlacement) {
    var common = countOverlap(plan, current)
    rankOfBin.refill(-1, count: ranks)
    isTaken.refill(false, count: ranks)
    while common > 0 {
      for pair in pairs where pair.common == common && rankOfBin[Int(pair.bin)] < 0 && !isTaken[Int(pair.rank)] {
        rankOfBin[Int(pair.bin)] = Int(pair.rank)
        isTaken[Int(pair.rank)] = true
      }
      common -= 1
    }
    var free = 0
    for bin in 0..<ranks where rankOfBin[bin] < 0 {
      while isTaken[free] { free += 1 }
      rankOfBin[bin] = free
      isTaken[free] = true
    }
  }

  /// `plan` with its bins on the ranks found by `match`; an expert that stays on its rank may change its slot there.
  func relabelled(_ plan: LayerPlacement) -> LayerPlacement {
    var map = plan.physicalToLogical
    var shares = plan.shares
    for bin in 0..<ranks {
      for place in 0..<slotsPerRank {
        map[rankOfBin[bin] * slotsPerRank + place] = plan.physicalToLogical[bin * slotsPerRank + place]
        shares[rankOfBin[bin] * slotsPerRank + place] = plan.shares[bin * slotsPerRank + place]
      }
    }
    return LayerPlacement(experts: plan.experts, ranks: ranks, physicalToLogical: map, shares: shares)
  }
}
