import LoadBalancing
import PerformanceModel

/// Counts the copies that the tokens of one layer of one step send, and not which visits go where: as `TrafficCounter`, for
/// up to 64 ranks, in less time.
///
/// A token's ranks and nodes are bits of two words, and a source's words are added up byte by byte. Where an expert's
/// replicas are visited in turn, no slot is written down for a visit.
///
/// Scratch space of one thread, reused from layer to layer.
package final class CopyCounter {
  /// Ranks whose bits fit a word.
  package static let maximumRanks = UInt64.bitWidth

  /// What visits name: experts, whose replicas take turns, or slots.
  private enum Key: Equatable {
    case experts(LayerPlacement)
    case slots(Int, perRank: Int)
  }

  /// A slot that a visit can go to.
  struct Turn {
    /// The bit of its rank, and that of its node.
    var bits: SIMD2<UInt64>
    /// What taking the turn adds to `Progress`: a visit, and the way to the replica that is next.
    var step: UInt64
  }

  /// The visits of an expert, or of a slot, in the upper half, and in the lower which of `turns` is next.
  typealias Progress = UInt64

  let ranks: Int
  let ranksPerNode: Int
  let nodes: Int
  /// Words of eight bytes that a source has for ranks and nodes.
  let rankWords: Int
  let nodeWords: Int
  /// `[ranks][rankWords + nodeWords]` tokens by destination, a byte each.
  let lanes: UnsafeMutableBufferPointer<UInt64>
  /// `[ranks]` tokens of each source that its lanes have room for, and all of them.
  let room: UnsafeMutableBufferPointer<UInt32>
  let tokens: UnsafeMutableBufferPointer<UInt32>
  /// `[ranks][8 · (rankWords + nodeWords)]` what lanes had when they were full.
  let carried: UnsafeMutableBufferPointer<UInt32>
  var hasCarried = false

  private var key: Key?
  private var alive: [Int]?
  /// `[slots]` as `LayerPlacement.slotsByExpert` has them, or in order.
  private(set) var turns: [Turn] = []
  /// `[experts]` or `[slots]` before the first visit.
  private(set) var begun: [Progress] = []
  /// The same after the last.
  var progress: [Progress] = []
  /// `[slots]` visits.
  package private(set) var slotTokens: [Double] = []
  /// Distinct nodes that one of the tokens counted last visits, at most.
  package var mostNodes = 0

  /// - Precondition: `ranks` is at most `maximumRanks`.
  package init(ranks: Int, ranksPerNode: Int) {
    precondition(ranks <= Self.maximumRanks)
    func zeros<Element: FixedWidthInteger>(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
      let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    rankWords = (ranks + 7) / 8
    nodeWords = (nodes + 7) / 8
    lanes = zeros(ranks * (rankWords + nodeWords))
    room = zeros(ranks)
    tokens = zeros(ranks)
    carried = zeros(ranks * 8 * (rankWords + nodeWords))
  }

  deinit {
    lanes.deallocate()
    room.deallocate()
    tokens.deallocate()
    carried.deallocate()
  }

  /// Counts the visits to `experts`, `[tokens][topK]`, of tokens on `sources`, `[tokens]`: the j-th visit to an expert takes
  /// its replica j mod replicas.
  ///
  /// - Parameters:
  ///   - alive: the ranks that have slots, ascending; nil for all.
  ///   - traffic: receives copies, and in the place of visits their sums by source.
  /// - Complexity: O(`experts.count` + `ranks`²).
  package func count(
    experts: Span<UInt16>, topK: Int, sources: Span<UInt32>, placement: LayerPlacement, alive: [Int]? = nil,
    into traffic: inout Traffic
  ) {
    if key != .experts(placement) || self.alive != alive {
      key = .experts(placement)
      takeTurns(of: placement.slotsByExpert, slotsPerRank: placement.slotsPerRank, alive)
      begun = placement.firstSlot.dropLast().map { Progress($0) }
      for (first, end) in zip(placement.firstSlot, placement.firstSlot.dropFirst()) {
        turns[end - 1].step -= Progress(end - first)
      }
    }
    count(experts, topK: topK, sources: sources, into: &traffic)
    countSlots(placement)
  }

  /// Counts the visits in `slotOfVisit`, `[tokens][topK]`, of tokens on `sources`, `[tokens]`; else as above.
  package func count(
    slotOfVisit: Span<UInt16>, topK: Int, sources: Span<UInt32>, placement: LayerPlacement, alive: [Int]? = nil,
    into traffic: inout Traffic
  ) {
    let key = Key.slots(placement.slots, perRank: placement.slotsPerRank)
    if self.key != key || self.alive != alive {
      self.key = key
      takeTurns(of: Array(0..<placement.slots), slotsPerRank: placement.slotsPerRank, alive)
      begun = turns.indices.map { Progress($0) }
      for slot in turns.indices { turns[slot].step -= 1 }
    }
    count(slotOfVisit, topK: topK, sources: sources, into: &traffic)
    slotTokens = progress.map { Double($0 >> 32) }
  }

  private func takeTurns(of slots: [Int], slotsPerRank: Int, _ alive: [Int]?) {
    self.alive = alive
    turns = slots.map { slot in
      let rank = alive?[slot / slotsPerRank] ?? slot / slotsPerRank
      return Turn(bits: SIMD2(1 << UInt64(rank), 1 << UInt64(rank / ranksPerNode)), step: 1 << 32 | 1)
    }
  }

  private func count(_ visited: Span<UInt16>, topK: Int, sources: Span<UInt32>, into traffic: inout Traffic) {
    clear()
    count(visited, topK: topK, sources: sources)
    widen(into: &traffic)
    traffic.visits = []
    traffic.visitsBySource = tokens.map { Double($0) * Double(topK) }
  }

  private func countSlots(_ placement: LayerPlacement) {
    var counts = slotTokens.count == placement.slots ? slotTokens : Array(repeating: 0, count: placement.slots)
    slotTokens = []
    let (firstSlot, slotsByExpert) = (placement.firstSlot, placement.slotsByExpert)
    for (expert, progress) in progress.enumerated() {
      let visits = Int(progress >> 32)
      let (first, end) = (firstSlot[expert], firstSlot[expert + 1])
      if end - first == 1 {
        counts[slotsByExpert[first]] = Double(visits)
      } else {
        let (whole, rest) = visits.quotientAndRemainder(dividingBy: end - first)
        for turn in first..<end { counts[slotsByExpert[turn]] = Double(turn - first < rest ? whole + 1 : whole) }
      }
    }
    slotTokens = counts
  }
}
