import Diagnostics

/// SGLang's topology-aware placement: every expert on the rank to which its tokens come cheapest. The load of ranks is
/// not looked at, so that it is for routers whose sources have favourites of their own. No replicas.
///
/// Source: sgl-project/sglang, python/sglang/srt/eplb/eplb_algorithms/topology_aware.py at 1855e32b.
///
/// - Complexity: O(layers · experts · ranks²).
public struct RankCostPlanner: PlacementPlanner {
  /// What it takes to send a token.
  public enum Cost: Sendable {
    /// Between any two ranks.
    case between(RankCost)
    /// Within a node, and beyond it.
    case levels(sameNode: Double, otherNode: Double)
    /// What the machine takes for a copy within a node, and beyond it.
    case machine
  }

  public let cost: Cost

  public init(cost: Cost) { self.cost = cost }

  init(settings: Settings) throws(InputError) {
    for key in ["redundantSlots", "redundantSlotsPerRank"] where settings.contains(key) {
      throw settings.error("rank-cost makes no replicas; leave it out", at: key)
    }
    guard let costs = try settings.optionalSection("cost") else {
      self.init(cost: .machine)
      return
    }
    let range = 0.0...1e12
    self.init(
      cost: .levels(
        sameNode: try costs.number("sameNode", in: range), otherNode: try costs.number("otherNode", in: range)))
    try costs.rejectUnknownKeys()
  }

  public var needs: PlanningNeeds {
    if case .machine = cost { [.load, .sources, .price] } else { [.load, .sources] }
  }

  public var liberties: PlanLiberties { [] }

  /// - Throws: `InputError` (usage) if experts do not divide over the ranks, if it is not known where tokens start, or if
  ///   the costs are of other ranks.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    guard shape.slots == shape.experts else {
      let found = "\(shape.slots) slots for \(shape.experts) experts"
      throw InputError("rank-cost gives every expert one rank; \(found) hold replicas", status: .usage)
    }
    guard let sources = context.sources else {
      throw InputError("rank-cost needs to know on which rank tokens start", status: .usage)
    }
    let cost = try cost(of: context)
    let layers = (0..<shape.layers).map { layer in
      let held = cost.cheapest((0..<shape.ranks).map { sources[layer, $0] }, slotsPerRank: shape.slotsPerRank)
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: held.flatMap { $0 })
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  private func cost(of context: PlanningContext) throws(InputError) -> RankCost {
    let shape = context.shape
    func levels(_ sameNode: Double, _ otherNode: Double) -> RankCost {
      RankCost(ranks: shape.ranks, ranksPerNode: shape.ranksPerNode, sameNode: sameNode, otherNode: otherNode)
    }
    switch cost {
    case .between(let cost):
      guard cost.ranks == shape.ranks else {
        throw InputError("costs between \(cost.ranks) ranks, but there are \(shape.ranks)", status: .usage)
      }
      return cost
    case .levels(let sameNode, let otherNode): return levels(sameNode, otherNode)
    case .machine:
      guard let price = context.price else {
        throw InputError("rank-cost goes by a cluster's links; give cost: {sameNode, otherNode}", status: .usage)
      }
      return levels(price.dispatch.scaleUp, price.dispatch.scaleOut)
    }
  }
}
