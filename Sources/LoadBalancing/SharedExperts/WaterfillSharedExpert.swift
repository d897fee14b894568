/// SGLang's waterfill: ranks with few visits get the shared ones of others' tokens, as if poured to one level.
///
/// Ranks add up `load`, their routed visits and the tokens that start on them. The level is the mean of what there is
/// with the shared visits, of which the original counts those at home a second time, in `load`: so does this. If no rank
/// is above it a token may go to any rank, else to its own and those of its experts. `SharedExpertWater` draws.
///
/// Not never worse: few tokens are drawn, and on ranks that are even anyway they scatter.
///
/// Source: sgl-project/sglang, layers/moe/deepep_waterfill.py at 0389b977 (pull request 19290), Apache-2.0.
///
/// - Complexity: O(visits + tokens · ranks).
public struct WaterfillSharedExpert: SharedExpertRule {
  private var water = SharedExpertWater()

  public init() {}

  public var asksAllRanks: Bool { true }

  public mutating func assign(_ visits: RoutedVisits, into ranks: inout [UInt32]) {
    water.pour(visits, to: [Self.level(of: visits)], into: &ranks)
  }

  package static func level(of visits: RoutedVisits) -> SharedExpertLevel {
    var load = Array(repeating: 0, count: visits.ranks)
    for rank in visits.visited { load[Int(rank)] += 1 }
    for source in visits.sources { load[Int(source)] += 1 }
    let target = (load.reduce(0, +) + visits.sources.count + visits.ranks - 1) / visits.ranks
    return SharedExpertLevel(load: load, target: target, isAnywhere: load.allSatisfy { $0 <= target })
  }
}
