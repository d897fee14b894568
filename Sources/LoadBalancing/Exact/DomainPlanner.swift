import Diagnostics

/// An exact planner of UltraEP's: copies stay inside scale-up domains, each of which is planned alone, and every rank has
/// a few slots for them.
public protocol DomainPlanner: ExactPlanner {
  /// Slots for arrivals.
  var redundantSlotsPerRank: Int { get set }
  /// Unevenness that is good enough, over the mean, 1 or more.
  var threshold: Double { get set }
  /// Whether a rank's tokens go to its own copy first.
  var isLocal: Bool { get set }
  /// Whether those who fetch an expert pass it on.
  var hasRelays: Bool { get set }
  /// Ranks that are planned together; those of a node when nil.
  var ranksPerDomain: Int? { get set }
}

extension DomainPlanner {
  /// Takes over the options that these planners share.
  mutating func read(_ settings: Settings) throws(InputError) {
    redundantSlotsPerRank = try settings.integer("redundantSlotsPerRank", in: 1...SlotBudget.limit)
    threshold = try settings.optionalNumber("threshold", in: 1...1e6) ?? threshold
    isLocal = try settings.optionalBoolean("locality") ?? isLocal
    hasRelays = try settings.optionalBoolean("relays") ?? hasRelays
    ranksPerDomain = try settings.optionalInteger("ranksPerDomain", in: 1...65_536)
  }

  public func arrivalSlots(homeExperts: Int) -> Int? { redundantSlotsPerRank }
  public var fetching: WeightFetching { hasRelays ? .throughRelays : .fromHome }

  public func objection(experts: Int, ranks: Int, ranksPerNode: Int) -> String? {
    let size = ranksPerDomain ?? ranksPerNode
    return ranks % size == 0 || size > ranks ? nil : "domains of \(size) ranks do not divide \(ranks) ranks"
  }

  public func remark(ranks: Int, ranksPerNode: Int) -> String? {
    let size = ranksPerDomain ?? ranksPerNode
    guard size > ranksPerNode else { return nil }
    return "a domain of \(size) ranks is larger than a node of \(ranksPerNode): UltraEP's copies stay inside one "
      + "NVLink domain; fetches across nodes are priced over what links them."
  }

  /// The ranks of each domain.
  func domains(of visits: LayerVisits, ranksPerNode: Int) -> [Range<Int>] {
    let size = ranksPerDomain ?? ranksPerNode
    return stride(from: 0, to: visits.ranks, by: size).map { $0..<min($0 + size, visits.ranks) }
  }

  /// The plan in which each source's visits are dealt over these parts.
  func plan(of parts: [ExactPart], _ visits: LayerVisits) -> ExactPlan {
    var deal = SourceDeal(visits, keepsLocal: isLocal)
    return ExactPlan(parts, of: visits, order: .mixed) { parts, _, shares, first in
      deal.deal(parts, into: &shares, from: first)
    }
  }
}
