import Diagnostics

/// ROCm's ATOM: the hottest experts on every rank, the others packed beside them (`biased`); or copies of the hottest
/// packed with all others (`naive`), which is also what `biased` does with less than one redundant slot per rank.
///
/// With more than one expert group and node it is hierarchical: groups to nodes, then the same inside each node. Else
/// `biased` is sticky: where the placement in force has just these hot experts in the first slots of rank 0, and on all
/// ranks, it stays as it is, the others included. It belongs with a dispatch rule that takes a copy on the own rank.
///
/// Source: ROCm/ATOM, atom/model_ops/eplb.py at ffdf3bb5.
///
/// - Complexity: O(slots · (experts + ranks)) per layer.
public struct ATOMPlanner: PlacementPlanner {
  public enum Kind: Sendable {
    case biased, naive
  }

  public let slotBudget: SlotBudget
  public let kind: Kind

  public init(_ kind: Kind, slotBudget: SlotBudget) {
    self.kind = kind
    self.slotBudget = slotBudget
  }

  /// - Throws: `InputError` (usage) if expert groups do not divide over the nodes, or a rank has more slots than `biased`
  ///   has experts for it.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    let isHierarchical = shape.groups > 1 && shape.nodes > 1
    if isHierarchical { try check(shape) }
    if kind == .biased {
      var perNode = shape
      if isHierarchical { perNode.experts /= shape.nodes }
      try perNode.requireDistinctExperts()
    }
    let layers = (0..<shape.layers).map { layer -> LayerPlacement in
      let load = Array(context.load[layer])
      let rows =
        isHierarchical
        ? hierarchical(load, shape) : flat(load, shape, current: context.current.layers[layer])
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: rows.flatMap { $0 })
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  private func check(_ shape: PlacementShape) throws(InputError) {
    guard shape.experts % shape.groups == 0, shape.groups % shape.nodes == 0 else {
      let found = "\(shape.groups) groups of \(shape.experts) experts"
      throw InputError("ATOM puts whole groups on nodes; \(found) do not divide over \(shape.nodes)", status: .usage)
    }
  }

  private func hierarchical(_ load: [Double], _ shape: PlacementShape) -> [[Int]] {
    NodeGroups.experts(load, groups: shape.groups, nodes: shape.nodes).flatMap { experts in
      rows(experts.map { load[$0] }, ranks: shape.ranksPerNode, slotsPerRank: shape.slotsPerRank, inForce: nil)
        .map { row in row.map { experts[$0] } }
    }
  }

  private func flat(_ load: [Double], _ shape: PlacementShape, current: LayerPlacement) -> [[Int]] {
    let isComparable = current.slots == shape.slots && current.ranks == shape.ranks
    let inForce = isComparable ? (0..<shape.ranks).map { Array(current.experts(onRank: $0)) } : nil
    return rows(load, ranks: shape.ranks, slotsPerRank: shape.slotsPerRank, inForce: inForce)
  }

  /// `[ranks][slots per rank]` of experts 0 ..< `load.count`.
  ///
  /// - Parameter inForce: the same of the placement that may stay.
  private func rows(_ load: [Double], ranks: Int, slotsPerRank: Int, inForce: [[Int]]?) -> [[Int]] {
    let copied = (ranks * slotsPerRank - load.count) / ranks
    guard kind == .biased, copied > 0 else {
      return packed(Array(load.indices), load, ranks: ranks, slotsPerRank: slotsPerRank)
    }
    let order = load.indices.sorted { (-load[$0], $0) < (-load[$1], $1) }
    let hot = order.prefix(copied).sorted()
    if let inForce, Set(inForce[0].prefix(copied)) == Set(hot), inForce.allSatisfy({ Set(hot).isSubset(of: $0) }) {
      return inForce
    }
    let cold = order.dropFirst(copied).sorted()
    return packed(cold, load, ranks: ranks, slotsPerRank: slotsPerRank - copied).map { hot + $0 }
  }

  /// `experts` alone, with as many copies as fill the slots.
  private func packed(_ experts: [Int], _ load: [Double], ranks: Int, slotsPerRank: Int) -> [[Int]] {
    let loads = experts.map { load[$0] }
    let copies = CopyCounts.counts(of: loads, extra: ranks * slotsPerRank - experts.count, tie: .lowest)
    var packing = LongestFirst(ranks: ranks, slotsPerRank: slotsPerRank, tie: .count)
    packing.pack(zip(loads, copies).map { $0 / Double($1) }, copies: copies)
    return packing.held.map { row in row.map { experts[$0] } }
  }
}
