/// One load that a row may have been measured under.
package struct DrawnLoad: Equatable, Sendable {
  /// `[slots of a rank]` visits, on the rank with most.
  package var hottestSlots: [Double]
  /// Different tokens with at least one choice on that rank.
  package var hottestTokens: Double
  /// `[ranks]` visits, and different tokens; `[nodes]` different tokens.
  package var rankVisits: [Double]
  package var rankTokens: [Double]
  package var nodeTokens: [Double]

  /// Leaves what expert kernels are priced by.
  mutating func dropPorts() {
    rankVisits = []
    rankTokens = []
    nodeTokens = []
  }

  /// The same with a hottest rank of so many tokens, its visits in proportion.
  func scaled(toHottestTokens tokens: Double) -> DrawnLoad {
    guard hottestTokens > 0 else { return self }
    var load = self
    load.hottestSlots = hottestSlots.map { $0 * tokens / hottestTokens }
    load.hottestTokens = tokens
    return load
  }
}

extension [DrawnLoad] {
  /// Of the draws, one in so many is kept.
  private static var keptPart: Int { 4 }

  /// What the draws say of a row whose hottest rank had this many tokens: the nearest quarter of them, at least one, each
  /// scaled to it.
  package func conditioned(onHottestTokens tokens: Double) -> [DrawnLoad] {
    let nearest = indices.sorted { first, second in
      let (a, b) = (abs(self[first].hottestTokens - tokens), abs(self[second].hottestTokens - tokens))
      return (a, first) < (b, second)
    }
    return nearest.prefix(Swift.max(1, count / Self.keptPart)).sorted().map {
      self[$0].scaled(toHottestTokens: tokens)
    }
  }
}
