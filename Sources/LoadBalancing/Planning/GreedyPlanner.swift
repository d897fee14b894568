/// Longest processing time first (Graham, "Bounds on multiprocessing timing anomalies", 1969): experts by descending
/// load, each to the least loaded rank that has room. Re-placement alone, without replicas: only where experts do not
/// divide over the ranks do the slots left over hold replicas, of the experts with the most load per replica.
///
/// - Complexity: O(layers · experts · log experts).
public struct GreedyPlanner: PlacementPlanner {
  public init() {}

  public func plan(_ context: PlanningContext) -> Placement {
    let shape = context.shape
    var packing = BalancedPacking(items: shape.slots, packs: shape.ranks)
    var replication = Replication(experts: shape.experts, slots: shape.slots)
    var experts = Array(repeating: 0, count: shape.slots)
    let layers = (0..<shape.layers).map { layer in
      replication.replicate { Float(context.load.values[layer * shape.experts + $0]) }
      packing.pack { [replication] in replication.weight(ofSlot: $0) }
      for slot in 0..<shape.slots { experts[packing.position(ofItem: slot)] = replication.expert(ofSlot: slot) }
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: experts)
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}
