import LoadBalancing
import PerformanceModel

/// Counts the copies that the tokens of one layer of one step send, and not which visits go where: as `TrafficCounter`, for
/// up to 64 ranks, in less time.
///
/// A token's ranks and nodes are bits of two words, and the words of a source, or of all sources with one index in their
/// nodes, are added up byte by byte. Where an expert's replicas are visited in turn, no slot is written down for a visit.
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
  /// Rows of copies by rank: one for each source, or for all with one index in their nodes.
  let rankRows: Int
  /// `[ranks]` the row of each source.
  let rowOfSource: UnsafeMutableBufferPointer<UInt32>
  /// Words of eight bytes that such a row has, and a source for its copies by node.
  let rankWords: Int
  let nodeWords: Int
  /// `[rankRows][rankWords]` and `[ranks][nodeWords]` tokens by destination, a byte each.
  let lanes: UnsafeMutableBufferPointer<UInt64>
  /// `[rankRows]` and `[ranks]` tokens that each row's lanes have room for.
  let room: UnsafeMutableBufferPointer<UInt32>
  /// `[ranks]` tokens of each source.
  let tokens: UnsafeMutableBufferPointer<UInt32>
  /// A number for each byte of `lanes`: what they had when they were full.
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

  /// - Parameter detail: of copies by rank, those of every source or only those of relays.
  /// - Precondition: `ranks` is at most `maximumRanks`, and `detail` without visits.
  package init(ranks: Int, ranksPerNode: Int, detail: TrafficDetail) {
    precondition(ranks <= Self.maximumRanks && detail < .visits)
    rankRows = detail == .relays ? ranksPerNode : ranks
    rowOfSource = .zeros(ranks)
    for source in 0..<ranks { rowOfSource[source] = UInt32(source % rankRows) }
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    rankWords = (ranks + 7) / 8
    nodeWords = (nodes + 7) / 8
    let words = rankRows * rankWords + ranks * nodeWords
    lanes = .zeros(words)
    room = .zeros(rankRows + ranks)
    tokens = .zeros(ranks)
    carried = .zeros(8 * words)
  }

  deinit {
    rowOfSource.deallocate()
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
  ///   - traffic: receives copies, and in the place of visits their sums by source; what is not counted is empty.
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
    let isFolded = rankRows < ranks
    traffic.rankCopies.resize(isFolded ? 0 : ranks * ranks)
    traffic.relayCopies.resize(isFolded ? rankRows * ranks : 0)
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
    guard let lanes = lanes.baseAddress, let room = room.baseAddress, let rowOfSource = rowOfSource.baseAddress
    else { return }
    let (rankRows, rankWords, nodeWords) = (rankRows, rankWords, nodeWords)
    let nodeLanes = lanes + rankRows &* rankWords
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
      let rankRow = Int(rowOfSource[source])
      if room[rankRow] == 0 { carryRanks(rankRow) }
      room[rankRow] &-= 1
      var row = lanes + rankRow &* rankWords
      var bits = reached[0]
      for word in 0..<rankWords {
        row[word] &+= spread[Int(bits & 0xFF)]
        bits &>>= 8
      }
      if room[rankRows &+ source] == 0 { carryNodes(source) }
      room[rankRows &+ source] &-= 1
      row = nodeLanes + source &* nodeWords
      bits = reached[1]
      var nodesReached: UInt64 = 0
      for word in 0..<nodeWords {
        let bytes = spread[Int(bits & 0xFF)]
        row[word] &+= bytes
        nodesReached &+= bytes
        bits &>>= 8
      }
      // The product's highest byte is the sum of the bytes.
      mostNodes = max(mostNodes, (nodesReached &* 0x0101_0101_0101_0101) &>> 56)
    }
    self.mostNodes = Int(mostNodes)
    for source in 0..<ranks { tokens[source] &+= Self.laneLimit &- room[rankRows &+ source] }
  }

  /// Empties the lanes of a row of copies by rank.
  private func carryRanks(_ row: Int) {
    carry(words: row * rankWords..<(row + 1) * rankWords)
    room[row] = Self.laneLimit
  }

  /// Empties the lanes of a source's copies by node.
  private func carryNodes(_ source: Int) {
    let start = rankRows * rankWords + source * nodeWords
    carry(words: start..<start + nodeWords)
    tokens[source] &+= Self.laneLimit
    room[rankRows + source] = Self.laneLimit
  }

  @inline(never)
  private func carry(words: Range<Int>) {
    hasCarried = true
    let bytes = UnsafeRawBufferPointer(lanes)
    for place in words.lowerBound * 8..<words.upperBound * 8 { carried[place] &+= UInt32(bytes[place]) }
    for word in words { lanes[word] = 0 }
  }

  /// Gives counts as doubles.
  func widen(into traffic: inout Traffic) {
    if rankRows < ranks {
      widen(rows: rankRows, words: rankWords, from: 0, to: &traffic.relayCopies, columns: ranks)
    } else {
      widen(rows: rankRows, words: rankWords, from: 0, to: &traffic.rankCopies, columns: ranks)
    }
    widen(rows: ranks, words: nodeWords, from: rankRows * rankWords, to: &traffic.nodeCopies, columns: nodes)
  }

  /// - Parameters:
  ///   - start: the first word of the rows.
  ///   - copies: `[rows][columns]`.
  private func widen(rows: Int, words: Int, from start: Int, to copies: inout [Double], columns: Int) {
    let (carried, hasCarried) = (carried, hasCarried)
    let bytes = UnsafeRawBufferPointer(lanes).bindMemory(to: UInt8.self)
    copies.withUnsafeMutableBufferPointer { copies in
      for row in 0..<rows {
        let (from, to) = (8 &* (start &+ row &* words), row &* columns)
        for column in 0..<columns { copies[to &+ column] = Double(bytes[from &+ column]) }
        guard hasCarried else { continue }
        for column in 0..<columns { copies[to &+ column] += Double(carried[from &+ column]) }
      }
    }
  }
}

extension [Double] {
  /// As many numbers, whatever they are.
  fileprivate mutating func resize(_ count: Int) {
    if self.count != count { self = Array(repeating: 0, count: count) }
  }
}
