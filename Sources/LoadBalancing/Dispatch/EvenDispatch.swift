/// Round-robin over an expert's replicas: the j-th visit to an expert takes its replica j mod replicas.
///
/// - Complexity: O(visits + slots) per layer and step, without a division or a branch per visit.
public struct EvenDispatch: ReplicaDispatch {
  /// The slot at a position of `slotsByExpert`, and the position that has the turn after it.
  struct Turn {
    var slot: UInt16
    var following: UInt16
  }

  private(set) var turns: [Turn] = []
  /// `[experts]` the position that takes the next visit.
  var next: [UInt16] = []

  public init() {}

  mutating func prepare(_ placement: LayerPlacement) {
    turns.removeAll(keepingCapacity: true)
    next.removeAll(keepingCapacity: true)
    for expert in 0..<placement.experts {
      let positions = placement.positions(ofExpert: expert)
      next.append(UInt16(truncatingIfNeeded: positions.lowerBound))
      for position in positions {
        let following = position + 1 == positions.upperBound ? positions.lowerBound : position + 1
        turns.append(
          Turn(
            slot: UInt16(truncatingIfNeeded: placement.slotsByExpert[position]),
            following: UInt16(truncatingIfNeeded: following)))
      }
    }
  }

  public var dependsOnSource: Bool { false }
  public var isOneOfAKind: Bool { true }
  public var splitsAsPlanned: Bool { true }
  public var takesTurns: Bool { true }

  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    context.placement.evenShares
  }
}
