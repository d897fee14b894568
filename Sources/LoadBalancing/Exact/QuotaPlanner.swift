import Diagnostics

/// UltraEP's planner: the lowest level that the ranks of a scale-up domain can be brought down to with a few slots for
/// arrivals on each, and how many visits every copy of an expert takes then.
///
/// Source: Dots-Infra/UltraEP, csrc/kernels/placement.cu and reroute.cu, ultra_ep/config.py, 94cab099; arXiv
/// 2606.04101. Domains are planned each alone.
///
/// - Complexity: O(log hottest · (experts + copies · ranks)), and O(copies · ranks) for the sources.
public struct QuotaPlanner: DomainPlanner {
  public var redundantSlotsPerRank: Int
  /// Visits that a copy takes at least where the first three levels do not do.
  public var minimumTokens = 1024
  /// Level that is good enough, over the mean.
  public var threshold = 1.0
  /// What the first level tried has above the least, as a fraction.
  public var eps = 0.01
  public var isLocal = true
  public var hasRelays = true
  public var ranksPerDomain: Int?

  public init(redundantSlotsPerRank: Int) { self.redundantSlotsPerRank = redundantSlotsPerRank }

  init(settings: Settings) throws(InputError) {
    self.init(redundantSlotsPerRank: 1)
    try read(settings)
    minimumTokens = try settings.optionalInteger("minimumTokens", in: 1...1_000_000_000) ?? minimumTokens
    eps = try settings.optionalNumber("eps", in: 0...1e6) ?? eps
  }

  public func plan(_ visits: LayerVisits, ranksPerNode: Int) -> ExactPlan {
    let moved = levels(visits, ranksPerNode: ranksPerNode).flatMap(\.parts)
    return plan(of: visits.withHomes(moved), visits)
  }

  /// What each domain's ranks are brought down to, domain by domain.
  package func levels(_ visits: LayerVisits, ranksPerNode: Int) -> [QuotaLevel] {
    domains(of: visits, ranksPerNode: ranksPerNode).map { QuotaSearch(visits, ranks: $0, by: self).level() }
  }
}

/// A level that no rank of a domain exceeds, and the parts away from home that bring them down to it, in the order
/// planned.
package struct QuotaLevel: Equatable, Sendable {
  package enum Origin: String, Sendable {
    /// One of the first three levels tried.
    case fast
    /// The least there can be.
    case bound
    /// The least that was found.
    case search
  }

  package var level: Int
  package var origin: Origin
  package var parts: [ExactPart]
}

extension LayerVisits {
  /// All parts by expert, what is left at home before those moved, which stay in their order; experts without visits have
  /// none, nor has a home without.
  func withHomes(_ moved: [ExactPart]) -> [ExactPart] {
    var byExpert: [Int: [ExactPart]] = [:]
    for part in moved { byExpert[part.expert, default: []].append(part) }
    var parts: [ExactPart] = []
    parts.reserveCapacity(experts + moved.count)
    for expert in 0..<experts where totals[expert] > 0 {
      let away = byExpert[expert] ?? []
      let left = totals[expert] - away.reduce(0) { $0 + $1.visits }
      if left > 0 { parts.append(ExactPart(expert: expert, rank: home(ofExpert: expert), visits: left)) }
      parts += away
    }
    return parts
  }
}
