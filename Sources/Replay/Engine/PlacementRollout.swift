import LoadBalancing

/// The placement in force, and the plan that is taking its place layer by layer.
struct PlacementRollout {
  private(set) var placement: Placement
  /// `[layers]` slots of each layer: by its latest plan, before the first what the policy gives every layer.
  private(set) var slots: [Int]
  /// Experts that the rank with the most of them received before one change of placement.
  private(set) var largestArrival = 0.0
  private let shape: PlacementShape
  private let ranksPerNode: Int
  /// A plan under way, and the first layer that it has not reached.
  private var unfinished: (plan: Placement, nextLayer: Int)?

  /// Begins with the baseline's placement.
  init(_ shape: PlacementShape, ranksPerNode: Int) {
    self.shape = shape
    self.ranksPerNode = ranksPerNode
    var start = shape
    start.slots = (shape.experts + shape.ranks - 1) / shape.ranks * shape.ranks
    placement = .initial(start)
    slots = Array(repeating: shape.slots, count: shape.layers)
  }

  var isUnderway: Bool { unfinished != nil }

  mutating func begin(_ plan: Placement) { unfinished = (plan, 0) }

  /// Puts the plan in force in all layers, as deployed with the model: nothing moves.
  mutating func deploy() {
    guard let (plan, first) = unfinished else { return }
    adopt(first..<shape.layers, of: plan)
  }

  /// Puts the plan in force in its next layers.
  ///
  /// - Parameter count: layers, at most; all that are left when nil.
  /// - Returns: the experts that ranks have to fetch for it; nil without a plan.
  mutating func advance(layers count: Int?) -> ExpertTransfers? {
    guard let (plan, first) = unfinished else { return nil }
    let layers = first..<min(shape.layers, first + (count ?? shape.layers))
    let transfers = ExpertTransfers(
      from: Placement(ranks: shape.ranks, layers: Array(placement.layers[layers])),
      to: Placement(ranks: shape.ranks, layers: Array(plan.layers[layers])), ranksPerNode: ranksPerNode)
    largestArrival = max(largestArrival, transfers.mostPerRank)
    adopt(layers, of: plan)
    return transfers
  }

  private mutating func adopt(_ layers: Range<Int>, of plan: Placement) {
    for layer in layers {
      placement.layers[layer] = plan.layers[layer]
      slots[layer] = plan.layers[layer].slots
    }
    unfinished = layers.upperBound < shape.layers ? (plan, layers.upperBound) : nil
  }

  /// Slots, over all layers, whose rank holds their expert already.
  var wastedSlots: Int {
    placement.layers.reduce(0) { sum, layer in
      sum
        + (0..<layer.ranks).reduce(0) { sum, rank in
          let held = layer.physicalToLogical[rank * layer.slotsPerRank..<(rank + 1) * layer.slotsPerRank]
          return sum + held.count - Set(held).count
        }
    }
  }
}
