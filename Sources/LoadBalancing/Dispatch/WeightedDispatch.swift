/// Smooth weighted round-robin by the plan's shares: each visit goes to the replica that is furthest behind its share.
///
/// At the j-th visit to an expert (from 1) that is the replica with the largest share · j − visits given, lowest slot
/// first; so after every visit each replica is within one of its share. What an expert's j-th visit gets does not hang on
/// other experts: each expert's visits are dealt in a row, once for a placement, and handed out in the order of tokens.
///
/// - Complexity: O(visits + experts) per layer and step, and O(visits · replicas + slots) for a new placement.
public struct WeightedDispatch: ReplicaDispatch {
  typealias Cursor = WeightedTurns.Cursor
  typealias Dealt = WeightedTurns.Dealt

  /// What the slot at a position of `slotsByExpert` is due and has got.
  struct Turn {
    var share: Double
    var given: Double
    var slot: UInt16
  }

  var turns: [Turn] = []
  /// `[experts]`.
  var cursors: [Cursor] = []

  public init() {}

  mutating func prepare(_ placement: LayerPlacement, shares: [Double]) {
    turns.removeAll(keepingCapacity: true)
    for slot in placement.slotsByExpert {
      turns.append(Turn(share: shares[slot], given: 0, slot: UInt16(truncatingIfNeeded: slot)))
    }
  }

  public var dependsOnSource: Bool { false }
  public var isOneOfAKind: Bool { true }
  public var splitsAsPlanned: Bool { true }

  /// Equal shares of an expert fall behind alike, so that the lowest slot has the first visit, and each slot one before
  /// any has two.
  public func takesTurns(in placement: LayerPlacement) -> Bool {
    if placement.slots == placement.experts { return true }
    return (0..<placement.experts).allSatisfy { expert in
      let slots = placement.slots(ofExpert: expert)
      return slots.count < 2 || slots.allSatisfy { placement.shares[$0] == placement.shares[slots[slots.startIndex]] }
    }
  }

  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.shares
  }
}
