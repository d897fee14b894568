/// SGLang's waterfill where nobody is asked: each rank goes by the routed visits of its own tokens, as if the others had
/// the like, and its tokens may go to any rank.
///
/// Source: as `WaterfillSharedExpert`.
///
/// - Complexity: O(visits + tokens · ranks + ranks²).
public struct StaticSharedExpert: SharedExpertRule {
  private var water = SharedExpertWater()

  public init() {}

  public mutating func assign(_ visits: RoutedVisits, into ranks: inout [UInt32]) {
    var own = Array(repeating: Array(repeating: 0, count: visits.ranks), count: visits.ranks)
    var tokens = Array(repeating: 0, count: visits.ranks)
    for (token, source) in visits.sources.enumerated() {
      tokens[Int(source)] += 1
      for rank in visits.visited(byToken: token) { own[Int(source)][Int(rank)] += 1 }
    }
    let levels = zip(own, tokens).map { load, tokens in
      SharedExpertLevel(
        load: load, target: (load.reduce(0, +) + tokens + visits.ranks - 1) / visits.ranks, isAnywhere: true)
    }
    water.pour(visits, to: levels, into: &ranks)
  }
}
