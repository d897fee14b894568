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
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    rankWords = (ranks + 7) / 8
    nodeWords = (nodes + 7) / 8
    lanes = .zeros(ranks * (rankWords + nodeWords))
    room = .zeros(ranks)
    tokens = .zeros(ranks)
    carried = .zeros(ranks * 8 * (rankWords + nodeWords))
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

/// The innermost loop of most replays: a few instructions for each of a trace's visits, and a few for each token.
///
/// Unchecked: experts are below the placement's, since steps are validated, dispatch rules give slots below the placement's,
/// and `SourceAssignment` gives ranks below the cluster's.
extension CopyCounter {
  /// `[256]` the eight bits of a byte as eight bytes.
  private static let spread: [UInt64] = (0..<256).map { byte in
    (0..<8).reduce(0) { $0 | UInt64(byte >> $1 & 1) << UInt64(8 * $1) }
  }
  private static let laneLimit: UInt32 = 255

  func clear() {
    lanes.update(repeating: 0)
    tokens.update(repeating: 0)
    room.update(repeating: Self.laneLimit)
    if hasCarried { carried.update(repeating: 0) }
    hasCarried = false
    progress.removeAll(keepingCapacity: true)
    progress += begun
    mostNodes = 0
  }

  func count(_ visited: Span<UInt16>, topK: Int, sources: Span<UInt32>) {
    visited.withUnsafeBufferPointer { visited in
      sources.withUnsafeBufferPointer { sources in
        turns.withUnsafeBufferPointer { turns in
          progress.withUnsafeMutableBufferPointer { progress in
            Self.spread.withUnsafeBufferPointer { spread in
              guard let visited = visited.baseAddress, let turns = turns.baseAddress,
                let progress = progress.baseAddress, let spread = spread.baseAddress
              else { return }
              switch topK {
              case 8: count(visited, 8, sources, turns, progress, spread)
              default: count(visited, topK, sources, turns, progress, spread)
              }
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func count(
    _ visited: UnsafePointer<UInt16>, _ topK: Int, _ sources: UnsafeBufferPointer<UInt32>,
    _ turns: UnsafePointer<Turn>, _ progress: UnsafeMutablePointer<Progress>, _ spread: UnsafePointer<UInt64>
  ) {
    guard let lanes = lanes.baseAddress, let room = room.baseAddress else { return }
    let (rankWords, nodeWords) = (rankWords, nodeWords)
    var visited = visited
    var mostNodes: UInt64 = 0
    for source in sources {
      let source = Int(source)
      var reached = SIMD2<UInt64>.zero
      for visit in 0..<topK {
        let key = Int(visited[visit])
        let now = progress[key]
        let turn = turns + Int(UInt32(truncatingIfNeeded: now))
        reached |= turn.pointee.bits
        progress[key] = now &+ turn.pointee.step
      }
      visited += topK
      if room[source] == 0 { carry(source) }
      room[source] &-= 1
      let row = lanes + source &* (rankWords &+ nodeWords)
      var bits = reached[0]
      for word in 0..<rankWords {
        row[word] &+= spread[Int(bits & 0xFF)]
        bits &>>= 8
      }
      bits = reached[1]
      var nodesReached: UInt64 = 0
      for word in 0..<nodeWords {
        let bytes = spread[Int(bits & 0xFF)]
        row[rankWords &+ word] &+= bytes
        nodesReached &+= bytes
        bits &>>= 8
      }
      // The product's highest byte is the sum of the bytes.
      mostNodes = max(mostNodes, (nodesReached &* 0x0101_0101_0101_0101) &>> 56)
    }
    self.mostNodes = Int(mostNodes)
    for source in 0..<ranks { tokens[source] &+= Self.laneLimit &- room[source] }
  }

  /// Empties the lanes of a source.
  @inline(never)
  private func carry(_ source: Int) {
    hasCarried = true
    let width = rankWords &+ nodeWords
    let bytes = UnsafeRawBufferPointer(
      rebasing: UnsafeRawBufferPointer(lanes)[(source * width * 8)..<((source + 1) * width * 8)])
    for place in bytes.indices { carried[source * width * 8 + place] &+= UInt32(bytes[place]) }
    for word in 0..<width { lanes[source * width + word] = 0 }
    tokens[source] &+= Self.laneLimit
    room[source] = Self.laneLimit
  }

  /// Gives counts as doubles.
  func widen(into traffic: inout Traffic) {
    let (ranks, nodes, rankWords, width) = (ranks, nodes, rankWords, 8 * (rankWords + nodeWords))
    let (carried, hasCarried) = (carried, hasCarried)
    let bytes = UnsafeRawBufferPointer(lanes).bindMemory(to: UInt8.self)
    traffic.rankCopies.withUnsafeMutableBufferPointer { rankCopies in
      traffic.nodeCopies.withUnsafeMutableBufferPointer { nodeCopies in
        for source in 0..<ranks {
          let row = source &* width
          for rank in 0..<ranks { rankCopies[source &* ranks &+ rank] = Double(bytes[row &+ rank]) }
          for node in 0..<nodes { nodeCopies[source &* nodes &+ node] = Double(bytes[row &+ 8 &* rankWords &+ node]) }
          guard hasCarried else { continue }
          for rank in 0..<ranks { rankCopies[source &* ranks &+ rank] += Double(carried[row &+ rank]) }
          for node in 0..<nodes {
            nodeCopies[source &* nodes &+ node] += Double(carried[row &+ 8 &* rankWords &+ node])
          }
        }
      }
    }
  }
}
