/// Every visit to the replica on the rank with the fewest tokens so far in this layer and step, lowest slot first.
///
/// - Complexity: O(visits · replicas + ranks) per layer and step.
public struct WaterfillDispatch: ReplicaDispatch {
  private var rankTokens: [Int32] = []
  /// `[slots]` the rank of the slot at a position of `slotsByExpert`.
  private var rankOfPosition: [Int32] = []

  public init() {}

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    rankTokens.refill(0, count: placement.ranks)
    rankOfPosition.removeAll(keepingCapacity: true)
    let slotsPerRank = placement.slotsPerRank
    for slot in placement.slotsByExpert { rankOfPosition.append(Int32(slot / slotsPerRank)) }
    placement.withTables { tables in
      rankTokens.withUnsafeMutableBufferPointer { rankTokens in
        rankOfPosition.withUnsafeBufferPointer { rankOfPosition in
          for visit in 0..<experts.count {
            let replicas = tables.positions(ofExpert: Int(experts[visit]))
            var fewest = Int.max
            for position in replicas {
              // Tokens above, position below: one minimum, and no branch that could be guessed wrong.
              fewest = min(fewest, Int(rankTokens[Int(rankOfPosition[position])]) << 16 | position)
            }
            rankTokens[Int(rankOfPosition[fewest & 0xFFFF])] += 1
            slots[visit] = UInt16(truncatingIfNeeded: tables.slotsByExpert[fewest & 0xFFFF])
          }
        }
      }
    }
  }

  public var dependsOnSource: Bool { false }

  /// In the long run water evens the ranks as far as the replicas let it.
  public func expectedShares(
    placement: LayerPlacement, load: [Double], source: Int, ranksPerNode: Int
  ) -> [Double] {
    OptimalDispatch.shares(placement: placement, load: load)
  }
}
