extension Placement {
  /// The placement every server starts from: slot s holds expert s mod E, as SGLang and vLLM fill them.
  ///
  /// With as many slots as experts these are contiguous blocks; with more, the slots beyond the experts hold the first
  /// experts again, so that experts which do not divide over the ranks are no special case.
  ///
  /// - Complexity: O(layers · slots).
  public static func initial(_ shape: PlacementShape) -> Placement {
    let row = (0..<shape.slots).map { $0 % shape.experts }
    let layer = LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: row)
    return Placement(ranks: shape.ranks, layers: Array(repeating: layer, count: shape.layers))
  }

  /// Experts in contiguous blocks, replicas only where they change nothing.
  ///
  /// Rank `r` of `R` holds experts `⌊E·r/R⌋ ..< ⌊E·(r+1)/R⌋`. Slots beyond them repeat the rank's own experts.
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
