import Diagnostics

/// LLEP's planner: experts in the order of their visits stay at home up to a capacity; what is over goes to the least
/// loaded ranks.
///
/// Source: SalesforceAIResearch/LeastLoadedEP, llep/gpt_oss_llep.py (`compute_llep_lpt_plan`), 03497462; arXiv
/// 2601.17111.
///
/// - Complexity: O((experts + parts) · ranks).
public struct LeastLoadedPlanner: ExactPlanner {
  /// Capacity of a rank over the mean.
  public var factor: Double
  /// Visits that a part away from home has at least, unless it is all that is left of its expert.
  public var minimumTokens: Int
  /// Nothing is moved while the hottest home has less than this over the mean; nil to plan always.
  public var skipBelow: Double?

  public init(factor: Double = 1.1, minimumTokens: Int = 1024, skipBelow: Double? = nil) {
    self.factor = factor
    self.minimumTokens = minimumTokens
    self.skipBelow = skipBelow
  }

  init(settings: Settings) throws(InputError) {
    factor = try settings.optionalNumber("factor", in: 1...1e6) ?? 1.1
    minimumTokens = try settings.optionalInteger("minimumTokens", in: 1...1_000_000_000) ?? 1024
    skipBelow = try settings.optionalNumber("skipBelow", in: 1...1e6)
  }

  public func arrivalSlots(homeExperts: Int) -> Int? { nil }

  public func plan(_ visits: LayerVisits, ranksPerNode: Int) -> ExactPlan {
    var pieces: [[ExactPart]] = Array(repeating: [], count: visits.experts)
    for (expert, parts) in ordered(visits) { pieces[expert] = parts }
    var merged: [ExactPart] = []
    for parts in pieces {
      let first = merged.count
      for part in parts {
        if let same = merged[first...].firstIndex(where: { $0.rank == part.rank }) {
          merged[same].visits += part.visits
        } else {
          merged.append(part)
        }
      }
    }
    return ExactPlan(merged, of: visits, order: .consecutive) { parts, visits, shares, first in
      SourceShares.cut(pieces[parts[parts.startIndex].expert], into: parts, of: visits, into: &shares, from: first)
    }
  }

  /// Experts with visits in the order planned, each with its parts in the order of its visits; a rank may come twice.
  package func ordered(_ visits: LayerVisits) -> [(expert: Int, parts: [ExactPart])] {
    let total = visits.totals.reduce(0, +)
    // Home loads that are not assigned yet, and what is: a rank's effective load is their sum.
    var effective = visits.homeLoads
    let mean = Double(total) / Double(visits.ranks)
    let isSkipped = skipBelow.map { Double(effective.max() ?? 0) < $0 * mean } ?? false
    let capacity = isSkipped ? total : max(Int(factor * Double(total / visits.ranks)), 1)
    var order = visits.totals.indices.filter { visits.totals[$0] > 0 }
    order.sort { visits.totals[$0] != visits.totals[$1] ? visits.totals[$0] > visits.totals[$1] : $0 < $1 }
    return order.map { expert in
      (expert, parts(of: expert, visits, capacity: capacity, effective: &effective))
    }
  }

  private func parts(
    of expert: Int, _ visits: LayerVisits, capacity: Int, effective: inout [Int]
  ) -> [ExactPart] {
    let home = visits.home(ofExpert: expert)
    let count = visits.totals[expert]
    effective[home] -= count
    let room = capacity - effective[home]
    var parts: [ExactPart] = []
    func add(_ taken: Int, on rank: Int) {
      parts.append(ExactPart(expert: expert, rank: rank, visits: taken))
      effective[rank] += taken
    }
    let stays = min(count, max(0, room))
    if stays > 0 { add(stays, on: home) }
    var rest = count - stays
    guard rest > 0 else { return parts }
    let least = leastLoaded(besides: home, effective)
    while rest > 0 {
      let rank = leastLoaded(besides: home, effective)
      let chunk = min(rest, capacity - effective[rank])
      // Who has less room would take no more.
      if chunk > 0, chunk >= minimumTokens || chunk == rest {
        add(chunk, on: rank)
        rest -= chunk
      } else {
        add(rest, on: room > 0 ? rank : least)
        rest = 0
      }
    }
    return parts
  }

  /// The first of the other ranks with least; the home where there is none.
  private func leastLoaded(besides home: Int, _ load: [Int]) -> Int {
    var found = home
    for rank in load.indices where rank != home && (found == home || load[rank] < load[found]) { found = rank }
    return found
  }
}
