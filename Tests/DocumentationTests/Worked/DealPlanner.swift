import LoadBalancing

/// Deals experts to ranks by descending load, like cards: the k-th hottest goes to rank k mod ranks.
///
/// - Complexity: O(experts · log experts) per layer.
public struct DealPlanner: PlacementPlanner {
  public init() {}

  public func plan(_ context: PlanningContext) -> Placement {
    let shape = context.shape
    let layers = (0..<shape.layers).map { layer in
      let load = Array(context.load[layer])
      let hottest = load.indices.sorted { (load[$1], $0) < (load[$0], $1) }
      var experts = Array(repeating: 0, count: shape.slots)
      for place in experts.indices {
        let (round, rank) = place.quotientAndRemainder(dividingBy: shape.ranks)
        experts[rank * shape.slotsPerRank + round] = hottest[place % shape.experts]
      }
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: experts)
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}
