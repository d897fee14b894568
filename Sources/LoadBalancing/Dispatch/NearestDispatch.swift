/// Round-robin over the nearest replicas: those on the source's rank if any, else on its node if any, else all.
///
/// Visits to an expert with the same candidates share one turn. SGLang's `static` dispatch follows the same preference.
///
/// An expert's slots ascend, so candidates are a run of `slotsByExpert`: its whole run, its part on a node, or on a rank.
/// The run of each (replicated expert, source) is found at its first visit and remembered for the rest of the call.
///
/// - Complexity: O(visits + slots + replicated experts · (ranks + replicas)) per layer and step.
public struct NearestDispatch: ReplicaDispatch {
  /// A run of candidates, shared by all sources that have the same.
  private struct Run {
    var first: Int32
    var end: Int32
    var next: Int32
    /// Another run with the same `first`, or -1.
    var sibling: Int32
  }

  private var runs: [Run] = []
  /// `[slots]` the newest run that begins there, or -1.
  private var newestRun: [Int32] = []
  /// `[experts]` row in `runOf`, or -1 for an expert with one slot.
  private var rowOf: [Int32] = []
  /// `[rows][ranks]` index in `runs` plus 1; 0 while unknown.
  private var runOf: [Int32] = []

  public init() {}

  static let recipe: DispatchRecipe = { NearestDispatch() }

  public mutating func assign(
    experts: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    placement: LayerPlacement, ranksPerNode: Int, into slots: UnsafeMutableBufferPointer<UInt16>
  ) {
    prepare(placement)
    var visit = 0
    for token in 0..<sources.count {
      let source = Int(sources[token])
      for _ in 0..<topK {
        let expert = Int(experts[visit])
        var turn = placement.firstSlot[expert]
        let row = Int(rowOf[expert])
        if row >= 0 {
          let cell = row * placement.ranks + source
          if runOf[cell] == 0 {
            runOf[cell] = Int32(run(expert, source: source, placement, ranksPerNode: ranksPerNode) + 1)
          }
          turn = take(Int(runOf[cell]) - 1)
        }
        slots[visit] = UInt16(truncatingIfNeeded: placement.slotsByExpert[turn])
        visit += 1
      }
    }
  }

  /// The turn of a run, which moves on.
  private mutating func take(_ run: Int) -> Int {
    runs.withUnsafeMutableBufferPointer { runs in
      let turn = runs[run].next
      runs[run].next = turn + 1 == runs[run].end ? runs[run].first : turn + 1
      return Int(turn)
    }
  }

  private mutating func prepare(_ placement: LayerPlacement) {
    runs.removeAll(keepingCapacity: true)
    newestRun.removeAll(keepingCapacity: true)
    newestRun.append(contentsOf: repeatElement(-1, count: placement.slots))
    rowOf.removeAll(keepingCapacity: true)
    var rows: Int32 = 0
    for expert in 0..<placement.experts {
      let isReplicated = placement.firstSlot[expert + 1] - placement.firstSlot[expert] > 1
      rowOf.append(isReplicated ? rows : -1)
      if isReplicated { rows += 1 }
    }
    runOf.removeAll(keepingCapacity: true)
    runOf.append(contentsOf: repeatElement(0, count: Int(rows) * placement.ranks))
  }

  /// The index of the run of candidates of `expert` for tokens on `source`, made if it is new.
  private mutating func run(_ expert: Int, source: Int, _ placement: LayerPlacement, ranksPerNode: Int) -> Int {
    let candidates = Self.candidates(expert, source: source, placement, ranksPerNode: ranksPerNode)
    let first = Int32(candidates.lowerBound)
    let end = Int32(candidates.upperBound)
    let newest = newestRun[candidates.lowerBound]
    var known = newest
    while known >= 0, runs[Int(known)].end != end { known = runs[Int(known)].sibling }
    if known >= 0 { return Int(known) }
    newestRun[candidates.lowerBound] = Int32(runs.count)
    runs.append(Run(first: first, end: end, next: first, sibling: newest))
    return runs.count - 1
  }

  /// The positions in `slotsByExpert` of the nearest replicas of `expert`.
  private static func candidates(
    _ expert: Int, source: Int, _ placement: LayerPlacement, ranksPerNode: Int
  ) -> Range<Int> {
    let all = placement.firstSlot[expert]..<placement.firstSlot[expert + 1]
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

  public func expectedShares(
    placement: LayerPlacement, load: [Double], source: Int, ranksPerNode: Int
  ) -> [Double] {
    var shares = Array(repeating: 0.0, count: placement.slots)
    for expert in 0..<placement.experts {
      let candidates = Self.candidates(expert, source: source, placement, ranksPerNode: ranksPerNode)
      for position in candidates { shares[placement.slotsByExpert[position]] = 1 / Double(candidates.count) }
    }
    return shares
  }
}
