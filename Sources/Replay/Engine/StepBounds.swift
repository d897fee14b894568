import Diagnostics
import LoadBalancing

/// The tokens that the most loaded rank has at least.
struct RankBounds {
  /// `RankLoadBound`'s.
  var freeShares: Double
  /// `EqualShareBound`'s.
  var equalShares: Double
}

/// Bounds of a step's layers, each found once for all policies with as many slots.
final class StepBounds: Sendable {
  private struct Known {
    let tokens: [Double]
    let ranks: Int
    let slots: Int
    let isWhole: Bool
    let bounds: RankBounds
  }

  /// By layer.
  private let known = Guarded<[Int: [Known]]>([:])

  /// - Parameters:
  ///   - tokens: `[experts]` tokens of each expert.
  ///   - slots: of all ranks.
  ///   - isWhole: whether tokens are indivisible.
  func bounds(of tokens: [Double], layer: Int, ranks: Int, slots: Int, isWhole: Bool) -> RankBounds {
    let layers = known.withLock { $0[layer] } ?? []
    if let known = layers.first(where: {
      $0.ranks == ranks && $0.slots == slots && $0.isWhole == isWhole && $0.tokens == tokens
    }) {
      return known.bounds
    }
    let freeShares = RankLoadBound(ranks: ranks, slots: slots).bound(of: tokens, isWhole: isWhole)
    let bounds = RankBounds(
      freeShares: freeShares,
      equalShares: EqualShareBound(ranks: ranks, slots: slots)
        .bound(of: tokens, isWhole: isWhole, freeShares: freeShares))
    let found = Known(tokens: tokens, ranks: ranks, slots: slots, isWhole: isWhole, bounds: bounds)
    known.withLock { $0[layer, default: []].append(found) }
    return bounds
  }
}
