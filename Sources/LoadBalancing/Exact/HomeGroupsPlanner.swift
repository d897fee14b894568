import Diagnostics

/// MoonEP's planner: every rank computes ⌊N/R⌋ visits, one more on the first N mod R ranks, and a rank that takes on
/// foreign visits is filled by the experts of one home rank alone, so that it fetches no more than that one has.
///
/// Source: Ascend/MoonEP, a public mirror of MoonshotAI/MoonEP, tests/planning_reference.py, 33327eb9.
///
/// - Complexity: O(ranks² + experts · ranks).
public struct HomeGroupsPlanner: ExactPlanner {
  public init() {}

  public func arrivalSlots(homeExperts: Int) -> Int? { homeExperts }

  public func remark(ranks: Int, ranksPerNode: Int) -> String? {
    ranks <= ranksPerNode
      ? nil
      : "MoonEP fetches over one NVLink domain; across the nodes of \(ranksPerNode) ranks here its fetches are priced "
        + "over what links them."
  }

  public func plan(_ visits: LayerVisits, ranksPerNode: Int) -> ExactPlan {
    let moved = moved(visits)
    var parts: [ExactPart] = []
    for expert in 0..<visits.experts where visits.totals[expert] > 0 {
      let home = visits.home(ofExpert: expert)
      var stays = visits.totals[expert]
      let first = parts.count
      for move in moved[home] where move.expert == expert {
        parts.append(move)
        stays -= move.visits
      }
      if stays > 0 { parts.append(ExactPart(expert: expert, rank: home, visits: stays)) }
      if parts.count - first > 1 { parts[first...].sort { $0.rank < $1.rank } }
    }
    return ExactPlan(parts, of: visits, order: .consecutive, share: SourceShares.cut)
  }

  /// `[home ranks]` the parts that leave it.
  private func moved(_ visits: LayerVisits) -> [[ExactPart]] {
    let quotas = quotas(visits)
    return (0..<visits.ranks).map { home in
      var quota = quotas[home]
      guard !quota.isEmpty else { return [] }
      var remaining = Array(visits.totals[visits.experts(atHomeOn: home)])
      var parts: [ExactPart] = []
      while true {
        let place = place(ofGreatest: quota)
        guard quota[place].visits > 0 else { return parts }
        let expert = remaining.indexOfGreatest
        let taken = min(quota[place].visits, remaining[expert])
        let (rank, id) = (quota[place].rank, home * visits.homeExperts + expert)
        if let part = parts.firstIndex(where: { $0.expert == id && $0.rank == rank }) {
          parts[part].visits += taken
        } else {
          parts.append(ExactPart(expert: id, rank: rank, visits: taken))
        }
        quota[place].visits -= taken
        remaining[expert] -= taken
      }
    }
  }

  /// Ties go to the lowest rank.
  private func place(ofGreatest quotas: [(rank: Int, visits: Int)]) -> Int {
    var found = 0
    for (place, quota) in quotas.enumerated() {
      let best = quotas[found]
      if quota.visits > best.visits || quota.visits == best.visits && quota.rank < best.rank { found = place }
    }
    return found
  }

  /// `[home ranks]` which ranks it fills with how many visits.
  private func quotas(_ visits: LayerVisits) -> [[(rank: Int, visits: Int)]] {
    let total = visits.totals.reduce(0, +)
    let (capacity, more) = total.quotientAndRemainder(dividingBy: visits.ranks)
    var balance = visits.homeLoads
    for rank in balance.indices { balance[rank] -= capacity + (rank < more ? 1 : 0) }
    var quotas: [[(rank: Int, visits: Int)]] = Array(repeating: [], count: visits.ranks)
    while true {
      let (most, least) = (balance.indexOfGreatest, balance.indexOfLeast)
      guard balance[most] > 0 else { return quotas }
      quotas[most].append((least, -balance[least]))
      balance[most] += balance[least]
      balance[least] = 0
    }
  }
}
