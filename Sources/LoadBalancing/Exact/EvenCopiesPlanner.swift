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
    let hosts = copyHosts(visits, ranksPerNode: ranksPerNode)
    var parts: [ExactPart] = []
    parts.reserveCapacity(hosts.ranks.count)
    for expert in 0..<visits.experts where visits.totals[expert] > 0 {
      let places = hosts.places(ofExpert: expert)
      let (each, more) = visits.totals[expert].quotientAndRemainder(dividingBy: places.count)
      for (copy, place) in places.enumerated() where each > 0 || copy < more {
        parts.append(ExactPart(expert: expert, rank: hosts.ranks[place], visits: each + (copy < more ? 1 : 0)))
      }
    }
    return plan(of: parts, visits)
  }

  /// `[experts]` the ranks that hold each, home first, then in the order in which copies found a slot.
  package func hosts(_ visits: LayerVisits, ranksPerNode: Int) -> [[Int]] {
    let hosts = copyHosts(visits, ranksPerNode: ranksPerNode)
    return (0..<visits.experts).map { Array(hosts.ranks[hosts.places(ofExpert: $0)]) }
  }

  private func copyHosts(_ visits: LayerVisits, ranksPerNode: Int) -> CopyHosts {
    let domains = domains(of: visits, ranksPerNode: ranksPerNode)
    var copies: [Int] = []
    for ranks in domains { copies += self.copies(visits, on: ranks) }
    var hosts = CopyHosts(copies: copies, of: visits)
    for ranks in domains { place(visits, on: ranks, into: &hosts) }
    return hosts
  }

  private func place(_ visits: LayerVisits, on ranks: Range<Int>, into hosts: inout CopyHosts) {
    let experts = ranks.lowerBound * visits.homeExperts..<ranks.upperBound * visits.homeExperts
    let shares = experts.map { Double(visits.totals[$0]) / Double(hosts.copies(ofExpert: $0)) }
    /// Of each rank its load; of one that cannot take the copy at hand, infinity.
    var offers = ranks.map { rank in
      visits.experts(atHomeOn: rank).reduce(0.0) { $0 + shares[$1 - experts.lowerBound] }
    }
    var free = Array(repeating: redundantSlotsPerRank, count: ranks.count)
    var order: [(share: Double, expert: Int)] = []
    for expert in experts where hosts.copies(ofExpert: expert) > 1 {
      order.append((shares[expert - experts.lowerBound], expert))
    }
    order.sort { $0.share != $1.share ? $0.share > $1.share : $0.expert < $1.expert }
    /// The ranks that hold the expert at hand, and what they offer to others.
    var holders: [(place: Int, offer: Double)] = []
    for (share, expert) in order {
      let home = visits.home(ofExpert: expert) - ranks.lowerBound
      holders.removeAll(keepingCapacity: true)
      holders.append((home, offers[home]))
      offers[home] = .infinity
      for _ in 1..<hosts.copies(ofExpert: expert) {
        var least = Double.infinity
        var best = -1
        for place in offers.indices where offers[place] < least { (best, least) = (place, offers[place]) }
        guard best >= 0 else { break }
        hosts.add(ranks.lowerBound + best, toExpert: expert)
        free[best] -= 1
        holders.append((best, free[best] > 0 ? least + share : .infinity))
        offers[best] = .infinity
      }
      for (place, offer) in holders { offers[place] = offer }
    }
  }

  /// `[experts]` of a domain: how many copies each is given, its home among them.
  private func copies(_ visits: LayerVisits, on ranks: Range<Int>) -> [Int] {
    let experts = ranks.lowerBound * visits.homeExperts..<ranks.upperBound * visits.homeExperts
    var copies = Array(repeating: 1, count: experts.count)
    let loads = visits.totals[experts].map { Double($0) }
    let mean = loads.reduce(0, +) / Double(experts.count)
    if ranks.count == 1 { return copies }
    var queue = ShareQueue(loads)
    for _ in 0..<ranks.count * redundantSlotsPerRank {
      let (best, share) = queue.greatest
      // Below 0 where all ranks have it.
      guard share >= 0 else { break }
      if threshold > 1, mean > 0, share <= threshold * mean { break }
      copies[best] += 1
      queue.replaceGreatest(by: copies[best] < ranks.count ? loads[best] / Double(copies[best]) : -1)
    }
    return copies
  }
}

/// The ranks that hold each expert, which is at home on the first.
private struct CopyHosts {
  /// By expert; where a copy found no slot, its place means nothing.
  private(set) var ranks: [Int]
  /// `[experts + 1]` where each expert's begin.
  private var first: [Int]
  /// `[experts]` how many it has.
  private var count: [Int]

  /// - Parameter copies: `[experts]` that each is to have, home among them.
  init(copies: [Int], of visits: LayerVisits) {
    first = [0]
    first.reserveCapacity(copies.count + 1)
    for copies in copies { first.append(first[first.count - 1] + copies) }
    count = Array(repeating: 1, count: copies.count)
    ranks = Array(repeating: 0, count: first[copies.count])
    for expert in copies.indices { ranks[first[expert]] = visits.home(ofExpert: expert) }
  }

  /// Copies that it is to have.
  func copies(ofExpert expert: Int) -> Int { first[expert + 1] - first[expert] }

  /// Of the ranks that have it.
  func places(ofExpert expert: Int) -> Range<Int> { first[expert]..<first[expert] + count[expert] }

  mutating func add(_ rank: Int, toExpert expert: Int) {
    ranks[first[expert] + count[expert]] = rank
    count[expert] += 1
  }
}
