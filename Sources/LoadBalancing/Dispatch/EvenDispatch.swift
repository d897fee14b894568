/// Round-robin over an expert's replicas: the j-th visit to an expert takes its replica j mod replicas.
///
/// - Complexity: O(visits + slots) per layer and step, without a division.
public struct EvenDispatch: ReplicaDispatch {
  /// `[experts]` where in `slotsByExpert` the next visit goes.
  private var next: [Int] = []

  public init() {}

  static let recipe: DispatchRecipe = { EvenDispatch() }

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    placement.slotsByExpert.withUnsafeBufferPointer { slotsByExpert in
      if placement.slots == placement.experts {
        for visit in 0..<experts.count { slots[visit] = UInt16(truncatingIfNeeded: slotsByExpert[Int(experts[visit])]) }
        return
      }
      next.removeAll(keepingCapacity: true)
      next.append(contentsOf: placement.firstSlot.dropLast())
      placement.firstSlot.withUnsafeBufferPointer { firstSlot in
        next.withUnsafeMutableBufferPointer { next in
          for visit in 0..<experts.count {
            let expert = Int(experts[visit])
            let turn = next[expert]
            slots[visit] = UInt16(truncatingIfNeeded: slotsByExpert[turn])
            next[expert] = turn + 1 == firstSlot[expert + 1] ? firstSlot[expert] : turn + 1
          }
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
