/// Gives the bins of a new placement to the ranks that hold most of their experts already.
///
/// Greedy: the pair of bin and rank with the most experts in common first, ties to the lowest bin, then rank. Ranks are
/// alike to a planner that does not look at nodes, so relabelling them costs no balance and saves moves.
///
/// - Complexity: O(slots · replicas · log slots + ranks) per layer, after O(ranks²) once.
struct RankMatching {
  private let ranks: Int
  private let slotsPerRank: Int
  /// `[bins][ranks]` experts in common.
  private var overlap: [UInt16]
  /// Where `overlap` is not 0.
  private var touched: [Int] = []
  /// `[bins]` the rank of each bin.
  private var rankOfBin: [Int]
  private var isTaken: [Bool]
  /// Pairs by experts in common.
  private var pairs: [[Int]]

  init(experts: Int, ranks: Int, slotsPerRank: Int) {
    self.ranks = ranks
    self.slotsPerRank = slotsPerRank
    overlap = Array(repeating: 0, count: ranks * ranks)
    rankOfBin = Array(0..<ranks)
    isTaken = Array(repeating: false, count: ranks)
    pairs = Array(repeating: [], count: slotsPerRank + 1)
  }

  mutating func match(_ plan: LayerPlacement, to current: LayerPlacement) {
    for common in pairs.indices { pairs[common].removeAll(keepingCapacity: true) }
    countOverlap(plan, current)
    for bin in 0..<ranks {
      rankOfBin[bin] = -1
      isTaken[bin] = false
    }
    for common in pairs.indices.reversed() {
      for pair in pairs[common] {
        let (bin, rank) = pair.quotientAndRemainder(dividingBy: ranks)
        guard rankOfBin[bin] < 0, !isTaken[rank] else { continue }
        rankOfBin[bin] = rank
        isTaken[rank] = true
      }
    }
    var free = 0
    for bin in 0..<ranks where rankOfBin[bin] < 0 {
      while isTaken[free] { free += 1 }
      rankOfBin[bin] = free
      isTaken[free] = true
    }
  }

  private mutating func countOverlap(_ plan: LayerPlacement, _ current: LayerPlacement) {
    overlap.withUnsafeMutableBufferPointer { overlap in
      for pair in touched { overlap[pair] = 0 }
      touched.removeAll(keepingCapacity: true)
      plan.withTables { plan in
        current.withTables { current in
          for bin in 0..<ranks {
            for slot in bin * slotsPerRank..<(bin + 1) * slotsPerRank {
              for position in current.positions(ofExpert: plan.physicalToLogical[slot]) {
                let pair = bin * ranks + current.slotsByExpert[position] / current.slotsPerRank
                if overlap[pair] == 0 { touched.append(pair) }
                overlap[pair] &+= 1
              }
            }
          }
        }
      }
      touched.sort()
      for pair in touched {
        pairs[min(Int(overlap[pair]), slotsPerRank)].append(pair)
      }
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
