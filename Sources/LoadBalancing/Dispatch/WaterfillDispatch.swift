/// Every visit to the replica on the rank with the fewest tokens so far in this layer and step, lowest slot first.
///
/// - Complexity: O(visits · replicas + ranks) per layer and step.
public struct WaterfillDispatch: ReplicaDispatch {
  private var rankTokens: [Int] = []
  private var rankOfPosition: [Int] = []

  public init() {}

  static let recipe: DispatchRecipe = { WaterfillDispatch() }

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    rankTokens.removeAll(keepingCapacity: true)
    rankTokens.append(contentsOf: repeatElement(0, count: placement.ranks))
    rankOfPosition.removeAll(keepingCapacity: true)
    let slotsPerRank = placement.slotsPerRank
    for slot in placement.slotsByExpert { rankOfPosition.append(slot / slotsPerRank) }
    for visit in 0..<experts.count {
      let expert = Int(experts[visit])
      let end = placement.firstSlot[expert + 1]
      var best = placement.firstSlot[expert]
      var fewest = rankTokens[rankOfPosition[best]]
      var position = best + 1
      while position < end {
        let tokens = rankTokens[rankOfPosition[position]]
        if tokens < fewest {
          fewest = tokens
          best = position
        }
        position += 1
      }
      rankTokens[rankOfPosition[best]] = fewest + 1
      slots[visit] = UInt16(truncatingIfNeeded: placement.slotsByExpert[best])
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
