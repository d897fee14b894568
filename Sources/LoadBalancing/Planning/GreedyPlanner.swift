/// Longest processing time first (Graham, "Bounds on multiprocessing timing anomalies", 1969): experts by descending
/// load, each to the least loaded rank that has room. Re-placement alone, without replicas.
///
/// - Complexity: O(layers · experts · log experts).
public struct GreedyPlanner: PlacementPlanner {
  public init() {}

  public func plan(_ load: ExpertLoad, shape: PlacementShape, current: Placement) -> Placement {
    var packing = BalancedPacking(items: shape.experts, packs: shape.ranks)
    var experts = Array(repeating: 0, count: shape.slots)
    let layers = (0..<shape.layers).map { layer in
      packing.pack { Float(load.values[layer * shape.experts + $0]) }
      for expert in 0..<shape.experts { experts[packing.position(ofItem: expert)] = expert }
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: experts)
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}
