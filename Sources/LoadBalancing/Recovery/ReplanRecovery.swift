import Diagnostics

/// SGLang's `elasticity_aware` plan: EPLB's global plan over the slots of the ranks alive, laid on them in their order. All
/// experts may move. While no rank has failed it is EPLB's, hierarchical where groups divide over nodes.
///
/// Source: sgl-project/sglang, python/sglang/srt/eplb/eplb_algorithms/elasticity_aware.py at 8db677ee.
///
/// - Complexity: that of `EPLBPlanner`.
public struct ReplanRecovery: RecoveryRule {
  public init() {}

  public func recovered(
    from placement: Placement, without failed: FailedRanks, load: ExpertLoad, shape: PlacementShape
  ) throws(InputError) -> [RecoveredLayer] {
    var narrow = shape
    narrow.ranks = failed.alive.count
    if narrow.ranks < shape.ranks { (narrow.nodes, narrow.groups) = (1, 1) }
    var layers: [RecoveredLayer] = []
    for (index, old) in placement.layers.enumerated() {
      try failed.requireRoom(slotsPerRank: old.slotsPerRank, experts: old.experts)
      narrow.slots = narrow.ranks * old.slotsPerRank
      var plan = try EPLBLayerPlan(narrow)
      plan.make(load[index])
      var slots = [Int?](repeating: nil, count: old.slots)
      for (slot, expert) in zip(old.slots(on: failed.alive), plan.physicalToLogical) { slots[slot] = expert }
      layers.append(RecoveredLayer(slots, after: old, without: failed))
    }
    return layers
  }
}
