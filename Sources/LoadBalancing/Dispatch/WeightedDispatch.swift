/// Smooth weighted round-robin by the plan's shares: each visit goes to the replica that is furthest behind its share.
///
/// At the j-th visit to an expert (from 1) that is the replica with the largest share · j − visits given, lowest slot
/// first; so after every visit each replica is within one of its share.
///
/// - Complexity: O(visits · replicas + slots) per layer and step.
public struct WeightedDispatch: ReplicaDispatch {
  /// What the slot at a position of `slotsByExpert` is due and has got.
  struct Turn {
    var share: Double
    var given: Double
    var slot: UInt16
  }

  var turns: [Turn] = []
  /// `[experts]` visits so far.
  var visits: [Double] = []

  public init() {}

  mutating func prepare(_ placement: LayerPlacement, shares: [Double]) {
    visits.refill(0, count: placement.experts)
    turns.removeAll(keepingCapacity: true)
    for slot in placement.slotsByExpert {
      turns.append(Turn(share: shares[slot], given: 0, slot: UInt16(truncatingIfNeeded: slot)))
    }
  }

  public var dependsOnSource: Bool { false }
  public var splitsAsPlanned: Bool { true }

  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.shares
  }
}
