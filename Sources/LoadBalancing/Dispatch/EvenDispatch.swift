/// Round-robin over an expert's replicas: the j-th visit to an expert takes its replica j mod replicas.
///
/// - Complexity: O(visits + slots) per layer and step, without a division or a branch per visit.
public struct EvenDispatch: ReplicaDispatch {
  /// The slot at a position of `slotsByExpert`, and the position that has the turn after it.
  private struct Turn {
    var slot: UInt16
    var following: UInt16
  }

  private var turns: [Turn] = []
  /// `[experts]` the position that takes the next visit.
  private var next: [UInt16] = []

  public init() {}

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    prepare(placement)
    turns.withUnsafeBufferPointer { turns in
      next.withUnsafeMutableBufferPointer { next in
        for visit in 0..<experts.count {
          let expert = Int(experts[visit])
          let turn = turns[Int(next[expert])]
          slots[visit] = turn.slot
          next[expert] = turn.following
        }
      }
    }
  }

  private mutating func prepare(_ placement: LayerPlacement) {
    turns.removeAll(keepingCapacity: true)
    next.removeAll(keepingCapacity: true)
    placement.withTables { tables in
      for expert in 0..<tables.experts {
        let positions = tables.positions(ofExpert: expert)
        next.append(UInt16(truncatingIfNeeded: positions.lowerBound))
        for position in positions {
          let following = position + 1 == positions.upperBound ? positions.lowerBound : position + 1
          turns.append(
            Turn(
              slot: UInt16(truncatingIfNeeded: tables.slotsByExpert[position]),
              following: UInt16(truncatingIfNeeded: following)))
        }
      }
    }
  }

  public var dependsOnSource: Bool { false }

  public func expectedShares(
    placement: LayerPlacement, load: [Double], source: Int, ranksPerNode: Int
  ) -> [Double] {
    placement.physicalToLogical.map { 1 / Double(placement.slots(ofExpert: $0).count) }
  }
}
