import Diagnostics

/// UltraEP's older solver on the host: copies of the experts with most visits per copy, on the least loaded ranks of the
/// domain, each with an equal part of the visits.
///
/// Source: as `QuotaPlanner`.
///
/// - Complexity: O(experts + copies · (log experts + ranks)).
public struct EvenCopiesPlanner: DomainPlanner {
  public var redundantSlotsPerRank: Int
  /// Above 1, copies are made only of experts with more than this many times the mean of a home slot per copy.
  public var threshold: Double
  public var isLocal = true
  public var hasRelays = true
  public var ranksPerDomain: Int?

  public init(redundantSlotsPerRank: Int, threshold: Double = 1) {
    self.redundantSlotsPerRank = redundantSlotsPerRank
    self.threshold = threshold
  }

  init(settings: Settings) throws(InputError) {
    self.init(redundantSlotsPerRank: 1)
    try read(settings)
  }

  public func plan(_ visits: LayerVisits, ranksPerNode: Int) -> ExactPlan {
    let hosts = hosts(visits, ranksPerNode: ranksPerNode)
    var parts: [ExactPart] = []
    for expert in 0..<visits.experts where visits.totals[expert] > 0 {
      let (each, more) = visits.totals[expert].quotientAndRemainder(dividingBy: hosts[expert].count)
      for (copy, rank) in hosts[expert].enumerated() where each > 0 || copy < more {
        parts.append(ExactPart(expert: expert, rank: rank, visits: each + (copy < more ? 1 : 0)))
      }
    }
    return plan(of: parts, visits)
  }

  /// `[experts]` the ranks that hold each, home first, then in the order in which copies found a slot.
  package func hosts(_ visits: LayerVisits, ranksPerNode: Int) -> [[Int]] {
    var hosts = (0..<visits.experts).map { [visits.home(ofExpert: $0)] }
    for ranks in domains(of: visits, ranksPerNode: ranksPerNode) { place(visits, on: ranks, into: &hosts) }
    return hosts
  }

  private func place(_ visits: LayerVisits, on ranks: Range<Int>, into hosts: inout [[Int]]) {
    let experts = ranks.lowerBound * visits.homeExperts..<ranks.upperBound * visits.homeExperts
    let copies = copies(of: experts, visits, ranks: ranks.count)
    let shares = zip(experts, copies).map { Double(visits.totals[$0]) / Double($1) }
    func share(_ expert: Int) -> Double { shares[expert - experts.lowerBound] }
    /// Of each rank its load; of one that cannot take the copy at hand, infinity.
    var offers = ranks.map { visits.experts(atHomeOn: $0).reduce(0.0) { $0 + share($1) } }
    var free = Array(repeating: redundantSlotsPerRank, count: ranks.count)
    let order = experts.filter { copies[$0 - experts.lowerBound] > 1 }
      .sorted { share($0) != share($1) ? share($0) > share($1) : $0 < $1 }
    for expert in order {
      let home = visits.home(ofExpert: expert) - ranks.lowerBound
      /// The ranks that hold it, and what they offer to others.
      var holders = [(place: home, offer: offers[home])]
      offers[home] = .infinity
      for _ in 1..<copies[expert - experts.lowerBound] {
        var least = Double.infinity
        var best = -1
        for place in offers.indices where offers[place] < least { (best, least) = (place, offers[place]) }
        guard best >= 0 else { break }
        hosts[expert].append(ranks.lowerBound + best)
        free[best] -= 1
        holders.append((best, free[best] > 0 ? least + share(expert) : .infinity))
        offers[best] = .infinity
      }
      for (place, offer) in holders { offers[place] = offer }
    }
  }

  /// `[experts]` of a domain: how many copies each is given, its home among them.
  private func copies(of experts: Range<Int>, _ visits: LayerVisits, ranks: Int) -> [Int] {
    var copies = Array(repeating: 1, count: experts.count)
    let loads = visits.totals[experts].map { Double($0) }
    let mean = loads.reduce(0, +) / Double(experts.count)
    if ranks == 1 { return copies }
    var queue = ShareQueue(loads)
    for _ in 0..<ranks * redundantSlotsPerRank {
      let (best, share) = queue.greatest
      // Below 0 where all ranks have it.
      guard share >= 0 else { break }
      if threshold > 1, mean > 0, share <= threshold * mean { break }
      copies[best] += 1
      queue.replaceGreatest(by: copies[best] < ranks ? loads[best] / Double(copies[best]) : -1)
    }
    return copies
  }
}
