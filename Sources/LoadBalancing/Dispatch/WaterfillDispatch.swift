/// Every visit to the replica on the rank with the fewest tokens so far in this layer and step, lowest slot first.
///
/// - Complexity: O(visits · replicas + ranks) per layer and step.
public struct WaterfillDispatch: ReplicaDispatch {
  /// `[ranks]`.
  var rankTokens: [Int32] = []
  /// `[slots]` the rank of the slot at a position of `slotsByExpert`.
  private(set) var rankOfPosition: [Int32] = []

  public init() {}

  mutating func prepare(_ placement: LayerPlacement) {
    rankTokens.refill(0, count: placement.ranks)
    rankOfPosition.removeAll(keepingCapacity: true)
    let slotsPerRank = placement.slotsPerRank
    for slot in placement.slotsByExpert { rankOfPosition.append(Int32(slot / slotsPerRank)) }
  }

  public var dependsOnSource: Bool { false }
  public var isOneOfAKind: Bool { true }

  /// As every rule where experts have one replica each.
  public func takesTurns(in placement: LayerPlacement) -> Bool { placement.slots == placement.experts }

  /// In the long run water evens the ranks as far as the replicas let it.
  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    OptimalDispatch.shares(placement: context.placement, load: load)
  }
}
