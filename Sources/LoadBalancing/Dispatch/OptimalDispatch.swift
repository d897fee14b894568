/// The assignment that minimises the most loaded rank of the layer and step: `MinMaxAssignment` decides how many visits
/// each replica takes, and each token then takes its turn where it costs the fewest copies.
///
/// A visit goes to a replica with visits left that is on a rank where the token goes anyway, else on its source, else on
/// a node where it goes anyway or the source's node, else where most visits are left; lowest slot first.
///
/// - Complexity: that of `MinMaxAssignment`, plus O(visits · replicas).
public struct OptimalDispatch: ReplicaDispatch {
  private var assignment = MinMaxAssignment()
  private var counts: [Int] = []
  private var left: [Int] = []
  /// `[ranks]` and `[nodes]` the last token that goes there, 1-based.
  private var lastTokenToRank: [Int] = []
  private var lastTokenToNode: [Int] = []

  public init() {}

  static let recipe: DispatchRecipe = { OptimalDispatch() }

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    solve(experts, placement, nodes: placement.ranks / ranksPerNode)
    let slotsPerRank = placement.slotsPerRank
    for token in 0..<sources.count {
      let visits = token * topK..<(token + 1) * topK
      let source = Int(sources[token])
      lastTokenToNode[source / ranksPerNode] = token + 1
      for visit in visits {
        let first = placement.firstSlot[Int(experts[visit])]
        guard placement.firstSlot[Int(experts[visit]) + 1] - first == 1 else { continue }
        go(token, visit, to: placement.slotsByExpert[first], slotsPerRank, ranksPerNode, slots)
      }
      for visit in visits {
        let expert = Int(experts[visit])
        guard placement.firstSlot[expert + 1] - placement.firstSlot[expert] > 1 else { continue }
        let slot = cheapest(expert, token: token, source: source, placement, ranksPerNode)
        left[slot] -= 1
        go(token, visit, to: slot, slotsPerRank, ranksPerNode, slots)
      }
    }
  }

  private mutating func solve(_ experts: UnsafeBufferPointer<UInt16>, _ placement: LayerPlacement, nodes: Int) {
    counts.removeAll(keepingCapacity: true)
    counts.append(contentsOf: repeatElement(0, count: placement.experts))
    counts.withUnsafeMutableBufferPointer { counts in
      for expert in experts { counts[Int(expert)] += 1 }
    }
    counts.withUnsafeBufferPointer { assignment.solve($0, placement: placement) }
    left.removeAll(keepingCapacity: true)
    left.append(contentsOf: assignment.tokens)
    lastTokenToRank.removeAll(keepingCapacity: true)
    lastTokenToRank.append(contentsOf: repeatElement(0, count: placement.ranks))
    lastTokenToNode.removeAll(keepingCapacity: true)
    lastTokenToNode.append(contentsOf: repeatElement(0, count: nodes))
  }

  private mutating func go(
    _ token: Int, _ visit: Int, to slot: Int, _ slotsPerRank: Int, _ ranksPerNode: Int,
    _ slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    slots[visit] = UInt16(truncatingIfNeeded: slot)
    let rank = slot / slotsPerRank
    lastTokenToRank[rank] = token + 1
    lastTokenToNode[rank / ranksPerNode] = token + 1
  }

  private func cheapest(
    _ expert: Int, token: Int, source: Int, _ placement: LayerPlacement, _ ranksPerNode: Int
  ) -> Int {
    var best = (grade: -1, left: 0, slot: -1)
    for position in placement.firstSlot[expert]..<placement.firstSlot[expert + 1] {
      let slot = placement.slotsByExpert[position]
      guard left[slot] > 0 else { continue }
      let rank = slot / placement.slotsPerRank
      let grade =
        lastTokenToRank[rank] == token + 1
        ? 3 : rank == source ? 2 : lastTokenToNode[rank / ranksPerNode] == token + 1 ? 1 : 0
      if grade > best.grade || grade == best.grade && left[slot] > best.left { best = (grade, left[slot], slot) }
    }
    return best.slot
  }

  public var dependsOnSource: Bool { false }

  public func expectedShares(
    placement: LayerPlacement, load: [Double], source: Int, ranksPerNode: Int
  ) -> [Double] {
    Self.shares(placement: placement, load: load)
  }

  /// `[slots]` the shares that minimise the most loaded rank when tokens can be divided; equal for experts without load.
  static func shares(placement: LayerPlacement, load: [Double]) -> [Double] {
    let total = load.reduce(0, +)
    let scale = total > 0 ? 0x1p46 / total : 0
    let counts = load.map { Int($0 * scale) }
    var assignment = MinMaxAssignment()
    counts.withUnsafeBufferPointer { assignment.solve($0, placement: placement) }
    return placement.physicalToLogical.enumerated().map { slot, expert in
      counts[expert] > 0
        ? Double(assignment.tokens[slot]) / Double(counts[expert]) : 1 / Double(placement.slots(ofExpert: expert).count)
    }
  }
}
