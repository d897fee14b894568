/// Round-robin over the nearest replicas: those on the source's rank if any, else on its node if any, else all.
///
/// Visits to an expert with the same candidates share one turn. SGLang's `static` dispatch follows the same preference.
///
/// An expert's slots ascend, so candidates are a run of `slotsByExpert`: its whole run, its part on a node, or on a
/// rank. Which run a source takes is tabled for every replicated expert.
///
/// - Complexity: O(visits + slots + replicated experts · ranks) per layer and step.
public struct NearestDispatch: ReplicaDispatch {
  /// Positions in `slotsByExpert` of candidates, shared by all sources that have the same.
  struct Run {
    var first: UInt16
    var last: UInt16
    var next: UInt16
  }

  var runs: [Run] = []
  /// `[experts]` where the expert's ranks begin in `runOf`.
  private(set) var rowOf: [Int32] = []
  /// `[rows][ranks]` index in `runs`.
  private(set) var runOf: [Int32] = []

  public init() {}

  /// Tables the run of every expert and source.
  mutating func prepare(_ placement: LayerPlacement, ranksPerNode: Int) {
    runs.removeAll(keepingCapacity: true)
    rowOf.removeAll(keepingCapacity: true)
    runOf.removeAll(keepingCapacity: true)
    let slotsPerRank = placement.slotsPerRank
    for expert in 0..<placement.experts {
      let row = runOf.count
      rowOf.append(Int32(row))
      let all = placement.positions(ofExpert: expert)
      let whole = add(all)
      runOf.append(contentsOf: repeatElement(whole, count: placement.ranks))
      guard all.count > 1 else { continue }
      forEachPart(of: all, placement, width: slotsPerRank * ranksPerNode) { prepare, onNode, node in
        let nodeRun = onNode == all ? whole : prepare.add(onNode)
        for rank in node * ranksPerNode..<(node + 1) * ranksPerNode { prepare.runOf[row + rank] = nodeRun }
        prepare.forEachPart(of: onNode, placement, width: slotsPerRank) { prepare, onRank, rank in
          if onRank != onNode { prepare.runOf[row + rank] = prepare.add(onRank) }
        }
      }
    }
  }

  private mutating func add(_ positions: Range<Int>) -> Int32 {
    let first = UInt16(truncatingIfNeeded: positions.lowerBound)
    runs.append(Run(first: first, last: UInt16(truncatingIfNeeded: positions.upperBound - 1), next: first))
    return Int32(runs.count - 1)
  }

  /// Cuts a run where its slots pass from one block of `width` slots to another: a rank's or a node's.
  private mutating func forEachPart(
    of run: Range<Int>, _ placement: LayerPlacement, width: Int,
    _ body: (inout NearestDispatch, Range<Int>, _ block: Int) -> Void
  ) {
    var first = run.lowerBound
    while first < run.upperBound {
      let block = placement.slotsByExpert[first] / width
      var end = first + 1
      while end < run.upperBound, placement.slotsByExpert[end] / width == block { end += 1 }
      body(&self, first..<end, block)
      first = end
    }
  }

  /// The positions in `slotsByExpert` of the nearest replicas of `expert`.
  private static func candidates(
    _ expert: Int, source: Int, _ placement: LayerPlacement, ranksPerNode: Int
  ) -> Range<Int> {
    let all = placement.positions(ofExpert: expert)
    let onRank = part(of: all, placement) { $0 == source }
    if !onRank.isEmpty { return onRank }
    let onNode = part(of: all, placement) { $0 / ranksPerNode == source / ranksPerNode }
    return onNode.isEmpty ? all : onNode
  }

  /// The part of a run whose ranks satisfy `condition`, which holds for neighbours only; empty if none does.
  private static func part(of run: Range<Int>, _ placement: LayerPlacement, where condition: (Int) -> Bool) -> Range<
    Int
  > {
    var first = run.lowerBound
    while first < run.upperBound, !condition(placement.slotsByExpert[first] / placement.slotsPerRank) { first += 1 }
    var end = first
    while end < run.upperBound, condition(placement.slotsByExpert[end] / placement.slotsPerRank) { end += 1 }
    return first..<end
  }

  public var dependsOnSource: Bool { true }
  public var isOneOfAKind: Bool { true }

  public func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
    let placement = context.placement
    var shares = Array(repeating: 0.0, count: placement.slots)
    for expert in 0..<placement.experts {
      let candidates = Self.candidates(expert, source: source, placement, ranksPerNode: context.ranksPerNode)
      for position in candidates { shares[placement.slotsByExpert[position]] = 1 / Double(candidates.count) }
    }
    return shares
  }
}
