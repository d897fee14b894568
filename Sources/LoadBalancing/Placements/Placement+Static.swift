extension Placement {
  /// The placement every run starts from: experts in contiguous blocks, as all serving systems do without a balancer.
  ///
  /// Rank `r` of `R` holds experts `⌊E·r/R⌋ ..< ⌊E·(r+1)/R⌋`. Slots beyond them repeat the rank's own experts, so that a
  /// policy with redundant slots behaves exactly like the baseline until its first rebalance.
  ///
  /// - Complexity: O(layers · slots).
  public static func contiguous(_ shape: PlacementShape) -> Placement {
    let perRank = shape.slotsPerRank
    let row = (0..<shape.slots).map { slot in
      let rank = slot / perRank
      let first = shape.experts * rank / shape.ranks
      let count = max(1, shape.experts * (rank + 1) / shape.ranks - first)
      return first + slot % perRank % count
    }
    let layer = LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: row)
    return Placement(ranks: shape.ranks, layers: Array(repeating: layer, count: shape.layers))
  }
}
