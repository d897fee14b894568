/// vLLM's default policy: EPLB's three steps with loads in single and shares and sums in double precision, hierarchical
/// where expert groups divide over the nodes, else global.
///
/// Equal loads are taken by lowest id; the original leaves them to numpy's sort, whose order depends on the processor. It
/// may put one expert twice on a rank. That experts which stay on their rank keep their slots, which is its last step, is
/// `keepSlots` of a schedule's `migration`.
///
/// Source: vllm-project/vllm, vllm/distributed/eplb/policy/default.py at 02c1119c.
///
/// - Complexity: O(slots · (experts + ranks)) per layer.
public struct VLLMPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget

  public init(slotBudget: SlotBudget) { self.slotBudget = slotBudget }

  public func plan(_ context: PlanningContext) -> Placement {
    let shape = context.shape
    let divides = shape.experts % shape.groups == 0 && shape.groups % shape.nodes == 0
    let nodes = divides && shape.ranks % shape.nodes == 0 ? shape.nodes : 1
    let layers = (0..<shape.layers).map { layer in
      let load = context.load[layer].map { Double(Float(max(0, $0))) }
      let groups = nodes == 1 ? 1 : shape.groups
      let rows = NodeGroups.experts(load, groups: groups, nodes: nodes).flatMap { experts in
        Self.rows(experts.map { load[$0] }, ranks: shape.ranks / nodes, slotsPerRank: shape.slotsPerRank)
          .map { row in row.map { experts[$0] } }
      }
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: rows.flatMap { $0 })
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  /// `[ranks][slots per rank]` of experts 0 ..< `load.count`.
  private static func rows(_ load: [Double], ranks: Int, slotsPerRank: Int) -> [[Int]] {
    let copies = CopyCounts.counts(of: load, extra: ranks * slotsPerRank - load.count, tie: .lowest)
    var packing = LongestFirst(ranks: ranks, slotsPerRank: slotsPerRank)
    packing.pack(zip(load, copies).map { $0 / Double($1) }, copies: copies)
    return packing.held
  }
}
