/// How uneven a placement is in FlashLB's eyes: the hottest rank over the mean, on average over windows.
package enum FlashScore {
  /// - Parameter windows: one load each; every load counts as one token more.
  package static func score(_ placement: LayerPlacement, _ windows: [ExpertLoad], layer: Int) -> Double {
    let (experts, perRank) = (placement.experts, placement.slotsPerRank)
    let (map, shares) = (placement.physicalToLogical, placement.shares)
    var sum = 0.0
    for window in windows {
      var (hottest, total) = (0.0, 0.0)
      for first in stride(from: 0, to: map.count, by: perRank) {
        var load = 0.0
        for slot in first..<first + perRank { load += (window.values[layer * experts + map[slot]] + 1) * shares[slot] }
        hottest = max(hottest, load)
        total += load
      }
      sum += ratio(hottest: hottest, total: total, ranks: placement.ranks)
    }
    return sum / Double(windows.count)
  }

  static func ratio(hottest: Double, total: Double, ranks: Int) -> Double {
    (hottest * Double(ranks) + 0.01) / (total + 0.01)
  }
}
