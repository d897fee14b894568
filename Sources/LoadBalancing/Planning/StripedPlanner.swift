/// Expert e on rank e mod ranks: neighbours, which often share a domain, are spread.
///
/// - Complexity: O(layers · slots).
public struct StripedPlanner: PlacementPlanner {
  public init() {}

  public var needs: PlanningNeeds { [] }

  public func plan(_ context: PlanningContext) -> Placement {
    let shape = context.shape
    let row = (0..<shape.slots).map {
      ($0 % shape.slotsPerRank * shape.ranks + $0 / shape.slotsPerRank) % shape.experts
    }
    let layer = LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: row)
    return Placement(ranks: shape.ranks, layers: Array(repeating: layer, count: shape.layers))
  }
}
