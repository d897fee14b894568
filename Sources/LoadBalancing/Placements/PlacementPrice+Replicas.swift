import Foundation

extension PlacementPrice {
  /// Microseconds of a layer of a step under a placement with replicas, as far as the placement decides them.
  ///
  /// A slot takes its share of its expert's tokens. Where a token sends one copy to a place, experts are taken to be
  /// chosen independently, so that a place is visited by 1 − ∏ (1 − p) of the tokens.
  ///
  /// - Parameter load: `[experts]` tokens, up to scale.
  /// - Complexity: O(slots + experts · nodes).
  package func time(of placement: LayerPlacement, load: ArraySlice<Double>, ranksPerNode: Int) -> Double {
    let total = load.reduce(0, +)
    guard total > 0 else { return 0 }
    let visitsPerToken = Double(topK) / total
    let (ranks, slotsPerRank) = (placement.ranks, placement.slotsPerRank)
    let nodes = ranks / ranksPerNode
    var experts = 0.0
    var (visits, avoided) = (Array(repeating: 0.0, count: ranks), Array(repeating: 0.0, count: ranks))
    var onNode = Array(repeating: 0.0, count: nodes * placement.experts)
    for rank in 0..<ranks {
      var time = 0.0
      for slot in rank * slotsPerRank..<(rank + 1) * slotsPerRank {
        let id = placement.physicalToLogical[slot]
        let chosen = load[load.startIndex + id] * visitsPerToken * placement.shares[slot]
        time += expert(chosen * tokensPerStep, 0)
        visits[rank] += chosen
        avoided[rank] += Self.logAvoided(chosen)
        onNode[rank / ranksPerNode * placement.experts + id] += chosen
      }
      experts = max(experts, time)
    }
    func port(_ units: [Double]) -> PortLoad {
      PortLoad(
        busiest: tokensPerStep * (units.max() ?? 0), mean: tokensPerStep * units.reduce(0, +) / Double(units.count))
    }
    let scaleUp = port(scaleUpUnit == .visits ? visits : avoided.map { 1 - exp($0) })
    guard nodes > 1 else { return time(experts: experts, scaleUp: scaleUp, scaleOut: PortLoad(busiest: 0, mean: 0)) }
    let copies = (0..<nodes).map { node in
      1 - exp(onNode[node * placement.experts..<(node + 1) * placement.experts].reduce(0) { $0 + Self.logAvoided($1) })
    }
    return time(experts: experts, scaleUp: scaleUp, scaleOut: port(scaleOutUnit == .visits ? visits : copies))
  }

  /// Logarithm of the share of tokens that do not choose what this share chooses.
  private static func logAvoided(_ share: Double) -> Double { log1p(-min(share, 1 - 1e-9)) }
}
