import PerformanceModel

/// Experts by where ranks got them from.
package struct ExpertSources: Equatable, Sendable {
  /// Sent by other ranks.
  package var peers = 0
  private var loaded = [0, 0, 0]

  package init(peers: Int = 0) { self.peers = peers }

  package var count: Int { loaded.reduce(peers, +) }

  /// Loaded from a tier of the cluster's storage.
  package subscript(tier: StorageTier) -> Int {
    get { loaded[tier.place] }
    set { loaded[tier.place] = newValue }
  }

  package static func + (left: ExpertSources, right: ExpertSources) -> ExpertSources {
    var sum = left
    sum.peers += right.peers
    for tier in StorageTier.allCases { sum[tier] += right[tier] }
    return sum
  }

  package static func - (left: ExpertSources, right: ExpertSources) -> ExpertSources {
    var rest = left
    rest.peers -= right.peers
    for tier in StorageTier.allCases { rest[tier] -= right[tier] }
    return rest
  }
}

/// What moves take, and where their experts come from.
package struct MoveCost: Equatable, Sendable {
  /// Microseconds.
  package var time: Double
  package var sources: ExpertSources

  package init(time: Double, sources: ExpertSources) {
    self.time = time
    self.sources = sources
  }
}
