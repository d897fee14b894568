import Diagnostics

/// Replicas that take equal parts, and no expert twice on a rank: what every server can express.
///
/// A layer starts from EPLB's placement, and from the global one where that is hierarchical (without redundant slots it is
/// `greedy`'s); slots that repeat an expert of their rank are exchanged or given to another, and then slots are exchanged
/// or replaced as long as that lowers the hottest rank (`EvenSplit`). The best of both is the plan, and its rows are given
/// to the ranks that hold most of their experts already. So it is never less even than `eplb` where that doubles no
/// expert, nor than `greedy` in the same slots. Groups and nodes are not regarded.
///
/// - Complexity: per layer that of `EPLBPlanner`, O(slots per rank · slots) for each exchange, and O(slots per rank ·
///   slots · ranks) for each replacement.
public struct EvenSharePlanner: PlacementPlanner {
  public let slotBudget: SlotBudget
  public var liberties: PlanLiberties { [] }

  public init(slotBudget: SlotBudget) { self.slotBudget = slotBudget }

  /// - Throws: `InputError` (usage) if a rank has more slots than there are experts, or the groups do not divide the
  ///   experts.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    var layer = try EvenShareLayer(shape)
    var layers: [LayerPlacement] = []
    layers.reserveCapacity(shape.layers)
    for index in 0..<shape.layers {
      layers.append(layer.plan(context.load[index], current: context.current.layers[index]))
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}

/// One layer after another in the same scratch space.
struct EvenShareLayer {
  private let shape: PlacementShape
  private var starts: [EPLBLayerPlan]
  private var split: EvenSplit
  private var matching: RankMatching

  /// - Throws: `InputError` (usage) if a rank has more slots than there are experts, or the groups do not divide the
  ///   experts.
  init(_ shape: PlacementShape) throws(InputError) {
    guard shape.slotsPerRank <= shape.experts else {
      let message =
        "\(shape.slotsPerRank) slots per rank for \(shape.experts) experts; an expert is at most once on a rank"
      throw InputError(message, status: .usage)
    }
    var global = shape
    (global.groups, global.nodes) = (1, 1)
    starts = [try EPLBLayerPlan(shape)]
    if shape.groups > 1, shape.groups % shape.nodes == 0 { starts.append(try EPLBLayerPlan(global)) }
    self.shape = shape
    split = EvenSplit(
      experts: shape.experts, ranks: shape.ranks, slotsPerRank: shape.slotsPerRank, allowsDoubles: false)
    matching = RankMatching(ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
  }

  mutating func plan(_ load: ArraySlice<Double>, current: LayerPlacement) -> LayerPlacement {
    var (best, map) = (Double.infinity, [Int]())
    for index in starts.indices {
      starts[index].make(load)
      split.take(starts[index].physicalToLogical, load: load)
      split.removeDoubles()
      split.lowerHottest(moves: EvenSplit.mostMoves(slots: shape.slots))
      if split.peak < best { (best, map) = (split.peak, split.expertOfSlot) }
    }
    matching.match(map, to: current)
    return matching.relabelled(
      LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: map))
  }
}
