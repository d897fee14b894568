import Diagnostics

/// UltraEP's planner: the lowest level that the ranks of a scale-up domain can be brought down to with a few slots for
/// arrivals on each, and how many visits every copy of an expert takes then.
///
/// Source: Dots-Infra/UltraEP, csrc/kernels/placement.cu and reroute.cu, ultra_ep/config.py, 94cab099; arXiv
/// 2606.04101. Domains are planned each alone.
///
/// - Complexity: O(log hottest · (experts + copies · ranks)), and O(copies · ranks) for the sources.
public struct QuotaPlanner: ExactPlanner {
  public var redundantSlotsPerRank: Int
  /// Visits that a copy takes at least where the first three levels do not do.
  public var minimumTokens = 1024
  /// Level that is good enough, over the mean.
  public var threshold = 1.0
  /// What the first level tried has above the least, as a fraction.
  public var eps = 0.01
  /// Whether a rank's tokens go to its own copy first.
  public var isLocal = true
  /// Whether those who fetch an expert pass it on.
  public var hasRelays = true
  /// Ranks that are planned together; those of a node when nil.
  public var ranksPerDomain: Int?

  public init(redundantSlotsPerRank: Int) { self.redundantSlotsPerRank = redundantSlotsPerRank }

  init(settings: Settings) throws(InputError) {
    redundantSlotsPerRank = try settings.integer("redundantSlotsPerRank", in: 1...SlotBudget.limit)
    minimumTokens = try settings.optionalInteger("minimumTokens", in: 1...1_000_000_000) ?? minimumTokens
    threshold = try settings.optionalNumber("threshold", in: 1...1e6) ?? threshold
    eps = try settings.optionalNumber("eps", in: 0...1e6) ?? eps
    isLocal = try settings.optionalBoolean("locality") ?? isLocal
    hasRelays = try settings.optionalBoolean("relays") ?? hasRelays
    ranksPerDomain = try settings.optionalInteger("ranksPerDomain", in: 1...65_536)
  }

  public func arrivalSlots(homeExperts: Int) -> Int? { redundantSlotsPerRank }
  public var fetching: WeightFetching { hasRelays ? .throughRelays : .fromHome }

  public func objection(experts: Int, ranks: Int, ranksPerNode: Int) -> String? {
    DomainLayout(ranksPerDomain ?? ranksPerNode).objection(ranks: ranks)
  }

  public func remark(ranks: Int, ranksPerNode: Int) -> String? {
    DomainLayout(ranksPerDomain ?? ranksPerNode).remark(ranksPerNode: ranksPerNode)
  }

  public func plan(_ visits: LayerVisits, ranksPerNode: Int) -> ExactPlan {
    let moved = levels(visits, ranksPerNode: ranksPerNode).flatMap(\.parts)
    return ExactPlan(
      visits.withHomes(moved), of: visits, order: .mixed, share: isLocal ? SourceShares.local : SourceShares.dealt)
  }

  /// What each domain's ranks are brought down to, domain by domain.
  package func levels(_ visits: LayerVisits, ranksPerNode: Int) -> [QuotaLevel] {
    let ranksPerDomain = ranksPerDomain ?? ranksPerNode
    return stride(from: 0, to: visits.ranks, by: ranksPerDomain).map { first in
      QuotaSearch(visits, ranks: first..<min(first + ranksPerDomain, visits.ranks), by: self).level()
    }
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

/// Ranks in domains that are planned each alone.
struct DomainLayout {
  private let ranksPerDomain: Int

  init(_ ranksPerDomain: Int) { self.ranksPerDomain = ranksPerDomain }

  func objection(ranks: Int) -> String? {
    ranks % ranksPerDomain == 0 || ranksPerDomain > ranks
      ? nil : "domains of \(ranksPerDomain) ranks do not divide \(ranks) ranks"
  }

  func remark(ranksPerNode: Int) -> String? {
    ranksPerDomain <= ranksPerNode
      ? nil
      : "a domain of \(ranksPerDomain) ranks is larger than a node of \(ranksPerNode): UltraEP's copies stay inside one "
        + "NVLink domain; fetches across nodes are priced over what links them."
  }
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
