/// Smooth weighted round-robin by the plan's shares: each visit goes to the replica that is furthest behind its share.
///
/// At the j-th visit to an expert (from 1) that is the replica with the largest share · j − visits given, lowest slot
/// first; so after every visit each replica is within one of its share. What an expert's j-th visit gets does not hang on
/// other experts: visits are counted first, each expert's are dealt in a row, and then handed out in the order of tokens.
///
/// - Complexity: O(visits · replicas + slots) per layer and step.
public struct WeightedDispatch: ReplicaDispatch {
  /// Where an expert's next visit stands among those that are dealt.
  struct Cursor {
    var next: UInt32
    /// 0 for an expert with one replica, whose visits are all one.
    var step: UInt32
  }

  /// What the slot at a position of `slotsByExpert` is due and has got.
  struct Turn {
    var share: Double
    var given: Double
    var slot: UInt16
  }

  var turns: [Turn] = []
  /// `[experts]`.
  var cursors: [Cursor] = []
  /// Slots of visits, expert by expert; an expert with one replica has it once.
  var dealt: [UInt16] = []

  public init() {}

  mutating func prepare(_ placement: LayerPlacement, shares: [Double], visits: Int) {
    cursors.refill(Cursor(next: 0, step: 0), count: placement.experts)
    let room = visits + placement.experts
    if dealt.count < room { dealt.refill(0, count: room) }
    turns.removeAll(keepingCapacity: true)
    for slot in placement.slotsByExpert {
      turns.append(Turn(share: shares[slot], given: 0, slot: UInt16(truncatingIfNeeded: slot)))
    }
  }

  public var dependsOnSource: Bool { false }
  public var isOneOfAKind: Bool { true }
  public var splitsAsPlanned: Bool { true }

  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.shares
  }
}
