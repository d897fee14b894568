/// Smooth weighted round-robin by the plan's shares: each visit goes to the replica that is furthest behind its share.
///
/// At the j-th visit to an expert (from 1) that is the replica with the largest share · j − visits given, lowest slot
/// first; so after every visit each replica is within one of its share.
///
/// - Complexity: O(visits · replicas + slots) per layer and step.
public struct WeightedDispatch: ReplicaDispatch {
  /// `[slots]` visits given to the slot at that position of `slotsByExpert`.
  private var given: [Double] = []
  /// `[experts]` visits so far.
  private var visits: [Double] = []
  /// `[slots]` shares in the order of `slotsByExpert`.
  private var shares: [Double] = []

  public init() {}

  static let recipe: DispatchRecipe = { WeightedDispatch() }

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    prepare(placement)
    placement.slotsByExpert.withUnsafeBufferPointer { slotsByExpert in
      placement.firstSlot.withUnsafeBufferPointer { firstSlot in
        for visit in 0..<experts.count {
          let expert = Int(experts[visit])
          let replicas = firstSlot[expert]..<firstSlot[expert + 1]
          let turn = replicas.count == 1 ? replicas.lowerBound : take(expert, replicas)
          slots[visit] = UInt16(truncatingIfNeeded: slotsByExpert[turn])
        }
      }
    }
  }

  private mutating func prepare(_ placement: LayerPlacement) {
    given.removeAll(keepingCapacity: true)
    given.append(contentsOf: repeatElement(0, count: placement.slots))
    visits.removeAll(keepingCapacity: true)
    visits.append(contentsOf: repeatElement(0, count: placement.experts))
    shares.removeAll(keepingCapacity: true)
    for slot in placement.slotsByExpert { shares.append(placement.shares[slot]) }
  }

  /// The position that takes the expert's next visit.
  private mutating func take(_ expert: Int, _ replicas: Range<Int>) -> Int {
    visits[expert] += 1
    let count = visits[expert]
    var best = replicas.lowerBound
    var lag = -Double.infinity
    for position in replicas {
      let behind = shares[position] * count - given[position]
      if behind > lag {
        lag = behind
        best = position
      }
    }
    given[best] += 1
    return best
  }

  public var dependsOnSource: Bool { false }

  public func expectedShares(
    placement: LayerPlacement, load: [Double], source: Int, ranksPerNode: Int
  ) -> [Double] {
    placement.shares
  }
}
