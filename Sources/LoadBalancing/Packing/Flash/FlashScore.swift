/// How uneven a placement is in FlashLB's eyes: the hottest rank over the mean, on average over windows.
package enum FlashScore {
  /// - Parameter windows: one load each; every load counts as one token more.
  package static func score(_ placement: LayerPlacement, _ windows: [ExpertLoad], layer: Int) -> Double {
    var sum = 0.0
    for window in windows {
      let loads = placement.rankLoads(of: window[layer].map { $0 + 1 }[...])
      sum += ratio(hottest: loads.max() ?? 0, total: loads.reduce(0, +), ranks: placement.ranks)
    }
    return sum / Double(windows.count)
  }

  static func ratio(hottest: Double, total: Double, ranks: Int) -> Double {
    (hottest * Double(ranks) + 0.01) / (total + 0.01)
  }
}
