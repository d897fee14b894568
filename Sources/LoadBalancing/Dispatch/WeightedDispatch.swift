/// Smooth weighted round-robin by the plan's shares: each visit goes to the replica that is furthest behind its share.
///
/// At the j-th visit to an expert (from 1) that is the replica with the largest share · j − visits given, lowest slot
/// first; so after every visit each replica is within one of its share.
///
/// - Complexity: O(visits · replicas + slots) per layer and step.
public struct WeightedDispatch: ReplicaDispatch {
  /// What the slot at a position of `slotsByExpert` is due and has got.
  private struct Turn {
    var share: Double
    var given: Double
    var slot: UInt16
  }

  private var turns: [Turn] = []
  /// `[experts]` visits so far.
  private var visits: [Double] = []

  public init() {}

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    visits.refill(0, count: placement.experts)
    turns.removeAll(keepingCapacity: true)
    for slot in placement.slotsByExpert {
      turns.append(Turn(share: placement.shares[slot], given: 0, slot: UInt16(truncatingIfNeeded: slot)))
    }
    placement.withTables { tables in
      turns.withUnsafeMutableBufferPointer { turns in
        visits.withUnsafeMutableBufferPointer { visits in
          for visit in 0..<experts.count {
            let expert = Int(experts[visit])
            let replicas = tables.positions(ofExpert: expert)
            var best = replicas.lowerBound
            if replicas.count > 1 { best = Self.furthestBehind(replicas, turns, &visits[expert]) }
            slots[visit] = turns[best].slot
          }
        }
      }
    }
  }

  @inline(__always)
  private static func furthestBehind(
    _ replicas: Range<Int>, _ turns: UnsafeMutableBufferPointer<Turn>, _ visits: inout Double
  ) -> Int {
    visits += 1
    var best = replicas.lowerBound
    var lag = turns[best].share * visits - turns[best].given
    for position in best + 1..<replicas.upperBound {
      let behind = turns[position].share * visits - turns[position].given
      if behind > lag {
        lag = behind
        best = position
      }
    }
    turns[best].given += 1
    return best
  }

  public var dependsOnSource: Bool { false }

  public func expectedShares(
    placement: LayerPlacement, load: [Double], source: Int, ranksPerNode: Int
  ) -> [Double] {
    placement.shares
  }
}
