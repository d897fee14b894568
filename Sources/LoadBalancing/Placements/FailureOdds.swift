/// What failures of ranks cost a placement, each set of ranks as likely to fail as any other.
///
/// An expert is lost in a layer when every rank that holds it has failed. An expert on r of R ranks is lost by f failures
/// with probability C(R − r, f − r) / C(R, f), which is the product of (f − i) / (R − i) over i < r.
///
/// Source: Lazarus, arXiv 2407.04656, whose planner keeps it low (`ResilientPlanner`).
public struct FailureOdds: Equatable, Sendable {
  public let ranks: Int
  private let layers: Int
  /// `[ranks]` experts on one rank, on two, and so on, over all layers.
  private let expertsByRanks: [Int]

  /// - Parameter placement: at least one layer.
  /// - Complexity: O(slots) over all layers.
  public init(of placement: Placement) {
    precondition(!placement.layers.isEmpty)
    ranks = placement.ranks
    layers = placement.layers.count
    var counts = Array(repeating: 0, count: placement.ranks)
    for layer in placement.layers {
      for expert in 0..<layer.experts { counts[layer.ranks(ofExpert: expert) - 1] += 1 }
    }
    expertsByRanks = counts
  }

  /// Ranks that may fail, whichever they are, before a layer lacks an expert: one less than hold the expert on fewest ranks
  /// of all layers.
  public var toleratedFailures: Int { expertsByRanks.firstIndex { $0 > 0 } ?? 0 }

  /// Experts of a layer that no rank alive holds, expected and mean over layers.
  ///
  /// Every term is a product of factors of at most 1, so that nothing overflows for any number of ranks.
  ///
  /// - Parameter failures: ranks that fail, 0 ... `ranks`.
  /// - Complexity: O(`failures`).
  public func expectedLost(failures: Int) -> Double {
    precondition(0...ranks ~= failures)
    var lost = 0.0
    var probability = 1.0
    for held in 0..<failures {
      probability *= Double(failures - held) / Double(ranks - held)
      lost += Double(expertsByRanks[held]) * probability
    }
    return lost / Double(layers)
  }
}

extension LayerPlacement {
  /// How many ranks hold `expert`: less than its slots where it is twice on a rank.
  public func ranks(ofExpert expert: Int) -> Int {
    var (count, last) = (0, -1)
    for slot in slots(ofExpert: expert) where rank(ofSlot: slot) != last {
      last = rank(ofSlot: slot)
      count += 1
    }
    return count
  }
}
