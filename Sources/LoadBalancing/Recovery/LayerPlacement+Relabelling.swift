extension LayerPlacement {
  /// The same placement with its ranks in another order, so that each shares most with what is there.
  ///
  /// - Parameters:
  ///   - ranks: ids of the placement's ranks.
  ///   - old: what is in force, which may have other ranks, and more or fewer of them and of their slots.
  ///   - oldRanks: ids of its ranks.
  /// - Complexity: that of `RankMatching`.
  package func relabelled(on ranks: [Int], toShareWith old: LayerPlacement, on oldRanks: [Int]) -> LayerPlacement {
    let places = Dictionary(uniqueKeysWithValues: oldRanks.enumerated().map { ($1, $0) })
    // Ranks that come hold an expert that no plan has.
    let nothing = Array(repeating: experts, count: old.slotsPerRank)
    let held = ranks.flatMap { id in places[id].map { Array(old.experts(onRank: $0)) } ?? nothing }
    var matching = RankMatching(ranks: self.ranks, slotsPerRank: slotsPerRank)
    matching.match(
      physicalToLogical, to: LayerPlacement(experts: experts + 1, ranks: self.ranks, physicalToLogical: held))
    return matching.relabelled(self)
  }
}
