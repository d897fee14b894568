import Diagnostics

/// Quiver's rule for nodes of fast links: the hottest experts have a copy in every node, so that tokens stay inside, and
/// the others lie on one rank each.
///
/// 1. As many of the hottest experts as there are redundant slots for, a copy less than there are nodes for each, lie in
///    each node once, on its least loaded rank that has room, by descending load. A copy has its part of the load.
/// 2. The others follow by descending load, each to the least loaded rank of all that has room; with `bySource` to the
///    node where most of its tokens start, and there to the least loaded rank.
///
/// Slots that are left over repeat an expert of their own rank. On one node, and where there are too few slots for one
/// hot expert, it is `greedy`. For dispatch `nearest`: other rules send tokens to the copies in other nodes, too.
///
/// Quiver scores an item for device i as R · p_i − Σ p_j over the others, with p the probability that i asks for it: the
/// order of that is the order of p_i. Source: arXiv 2305.10863; quiver-team/torch-quiver at 5a3bc77.
///
/// - Complexity: O(layers · slots · ranks).
public struct CliquePlanner: PlacementPlanner {
  public let slotBudget: SlotBudget
  /// Whether an expert with one copy goes to the node where most of its tokens start.
  public let bySource: Bool

  public init(slotBudget: SlotBudget, bySource: Bool = false) {
    self.slotBudget = slotBudget
    self.bySource = bySource
  }

  init(settings: Settings) throws(InputError) {
    self.init(
      slotBudget: try SlotBudget(settings: settings), bySource: try settings.optionalBoolean("bySource") ?? false)
  }

  public var needs: PlanningNeeds { bySource ? [.load, .sources] : .load }

  /// Experts of a layer that have a copy in every node.
  public static func hotExperts(_ shape: PlacementShape) -> Int {
    shape.nodes > 1 ? min(shape.experts, (shape.slots - shape.experts) / (shape.nodes - 1)) : 0
  }

  /// What the reader has to know of plans of this shape; nil where they are as the planner's description says.
  public func remark(_ shape: PlacementShape, sendsToCopies isNearest: Bool) -> String? {
    guard shape.nodes > 1 else { return "on one node its plans are those of greedy." }
    guard Self.hotExperts(shape) > 0 else {
      return
        "\(shape.slots - shape.experts) redundant slots hold no expert's copies in all of \(shape.nodes) nodes: no "
        + "expert has any."
    }
    return isNearest
      ? nil : "its dispatch uses the copies in other nodes, too; nearest keeps tokens inside their node."
  }

  /// - Throws: `InputError` (usage) with `bySource` if it is not known where tokens start.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    let hot = Self.hotExperts(shape)
    if bySource, context.sources == nil {
      throw InputError("clique with bySource needs to know on which rank tokens start", status: .usage)
    }
    guard hot > 0 || bySource && shape.nodes > 1 else { return GreedyPlanner().plan(context) }
    let layers = (0..<shape.layers).map { layer in
      let load = Array(context.load[layer])
      let order = load.indices.sorted { (-load[$0], $0) < (-load[$1], $1) }
      var packing = LongestFirst(ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
      for expert in order.prefix(hot) {
        for node in 0..<shape.nodes {
          packing.put(expert, share: load[expert] / Double(shape.nodes), among: shape.ranks(ofNode: node))
        }
      }
      for expert in order.dropFirst(hot) {
        let wanted = bySource ? context.sources.map { nodes(of: expert, in: $0, layer, shape) } : nil
        let node = wanted?.first { node in shape.ranks(ofNode: node).contains { packing.hasRoom($0) } }
        packing.put(expert, share: load[expert], among: node.map(shape.ranks(ofNode:)) ?? 0..<shape.ranks)
      }
      let rows = packing.held.map { held in
        held + Array(repeating: held.first ?? order[0], count: shape.slotsPerRank - held.count)
      }
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: rows.flatMap { $0 })
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  /// Nodes by how many of an expert's tokens start there, most first.
  private func nodes(of expert: Int, in sources: SourceLoad, _ layer: Int, _ shape: PlacementShape) -> [Int] {
    let tokens = (0..<shape.nodes).map { node in
      shape.ranks(ofNode: node).reduce(0.0) { sum, rank in
        let loads = sources[layer, rank]
        return sum + loads[loads.startIndex + expert]
      }
    }
    return tokens.indices.sorted { (-tokens[$0], $0) < (-tokens[$1], $1) }
  }
}

extension PlacementShape {
  fileprivate func ranks(ofNode node: Int) -> Range<Int> { node * ranksPerNode..<(node + 1) * ranksPerNode }
}
