import Diagnostics

/// Replicas that take equal parts, and no expert twice on a rank: what every server can express.
///
/// A layer starts from EPLB's placement, from the global one where that is hierarchical (without redundant slots it is
/// `greedy`'s), and from the replicas of `fractional`. Slots that repeat an expert of their rank are exchanged or given to
/// another, and then slots are exchanged or replaced as long as that lowers the hottest rank (`EvenSplit`). The best of
/// the three is the plan, and its rows are given to the ranks that hold most of their experts already. So it is never less
/// even than `eplb` and `greedy` in the same slots where these double no expert. Groups and nodes are not regarded.
///
/// - Complexity: per layer that of `EPLBPlanner` and `FractionalPlanner`, O(slots per rank · slots) for each exchange, and
///   O(slots per rank · slots · ranks) for each replacement.
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
  private var packings: [EPLBLayerPlan]
  private var fractional: FractionalLayer
  private var split: EvenSplit
  private var matching: RankMatching

  /// - Throws: `InputError` (usage) if a rank has more slots than there are experts, or the groups do not divide the
  ///   experts.
  init(_ shape: PlacementShape) throws(InputError) {
    try shape.requireDistinctExperts()
    var global = shape
    (global.groups, global.nodes) = (1, 1)
    packings = [try EPLBLayerPlan(shape)]
    if shape.groups > 1, shape.groups % shape.nodes == 0 { packings.append(try EPLBLayerPlan(global)) }
    fractional = try FractionalLayer(shape)
    self.shape = shape
    split = EvenSplit(
      experts: shape.experts, ranks: shape.ranks, slotsPerRank: shape.slotsPerRank, allowsDoubles: false)
    matching = RankMatching(ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
  }

  mutating func plan(_ load: ArraySlice<Double>, current: LayerPlacement) -> LayerPlacement {
    var (best, map) = (Double.infinity, [Int]())
    func improve(_ start: [Int]) {
      split.take(start, load: load)
      split.removeDoubles()
      split.lowerHottest(moves: EvenSplit.mostMoves(slots: shape.slots))
      if split.peak < best { (best, map) = (split.peak, split.expertOfSlot) }
    }
    for index in packings.indices {
      packings[index].make(load)
      improve(packings[index].physicalToLogical)
    }
    if best > split.goal { improve(fractional.plan(load, current: current).physicalToLogical) }
    matching.match(map, to: current)
    return matching.relabelled(
      LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: map))
  }
}
