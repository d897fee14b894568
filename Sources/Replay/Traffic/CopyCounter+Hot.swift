import LoadBalancing
import PerformanceModel

/// Counts the copies that the tokens of one layer of one step send, and not which visits go where: as `TrafficCounter`, for
/// up to 64 ranks, in less time.
///
/// A token's ranks and nodes are bits of two words, and the words of a source are added up bit by bit. Where an expert's
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

    static let stride = Progress(MemoryLayout<Turn>.stride)
  }

  /// The visits of an expert, or of a slot, in the upper half, and in the lower how many bytes into `turns` the next one is.
  typealias Progress = UInt64

  let ranks: Int
  let ranksPerNode: Int
  let nodes: Int
  /// Rows of copies by rank: one for each source, or for all with one index in their nodes.
  let rankRows: Int
  /// The tokens' sources, counted last.
  private var sources: [UInt32] = []
  /// `[ranks + 1]` the place of each source's first token where tokens are in the order of their sources, and their number.
  private var firstPlace: [Int]
  /// `[tokens]` each one's place there.
  private var places: [UInt32] = []
  /// `[tokens]` in that order: the ranks, and the nodes, that each visits.
  private var reached: UnsafeMutableBufferPointer<BitPlanes.Pair>
  /// `[rankRows]` planes that hold the sum of a row.
  private var rowPlanes: [Int]
  /// `[rankRows][BitPlanes.maximum]`.
  private let rowSums: UnsafeMutableBufferPointer<UInt64>

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
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    firstPlace = Array(repeating: 0, count: ranks + 1)
    rowPlanes = Array(repeating: 0, count: rankRows)
    reached = .allocate(capacity: 0)
    rowSums = .zeros(rankRows * BitPlanes.maximum)
  }

  deinit {
    reached.deallocate()
    rowSums.deallocate()
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
      begun = placement.firstSlot.dropLast().map { Progress($0) * Turn.stride }
      for (first, end) in zip(placement.firstSlot, placement.firstSlot.dropFirst()) {
        turns[end - 1].step -= Progress(end - first) * Turn.stride
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
      begun = turns.indices.map { Progress($0) * Turn.stride }
      for slot in turns.indices { turns[slot].step -= Turn.stride }
    }
    count(slotOfVisit, topK: topK, sources: sources, into: &traffic)
    slotTokens = progress.map { Double($0 >> 32) }
  }

  private func takeTurns(of slots: [Int], slotsPerRank: Int, _ alive: [Int]?) {
    self.alive = alive
    turns = slots.map { slot in
      let rank = alive?[slot / slotsPerRank] ?? slot / slotsPerRank
      return Turn(bits: SIMD2(1 << UInt64(rank), 1 << UInt64(rank / ranksPerNode)), step: 1 << 32 | Turn.stride)
    }
  }

  private func count(_ visited: Span<UInt16>, topK: Int, sources: Span<UInt32>, into traffic: inout Traffic) {
    arrange(sources)
    progress.removeAll(keepingCapacity: true)
    progress += begun
    reach(visited, topK: topK)
    let isFolded = rankRows < ranks
    traffic.rankCopies.resize(isFolded ? 0 : ranks * ranks)
    traffic.relayCopies.resize(isFolded ? rankRows * ranks : 0)
    traffic.nodeCopies.resize(ranks * nodes)
    addUp(into: &traffic)
    traffic.visits = []
    traffic.visitsBySource = zip(firstPlace, firstPlace.dropFirst()).map { Double(($1 - $0) * topK) }
  }

  /// Puts tokens in the order of their sources, unless they are those of last time.
  private func arrange(_ sources: Span<UInt32>) {
    guard !isAsLast(sources) else { return }
    self.sources = sources.indices.map { sources[$0] }
    firstPlace = Array(repeating: 0, count: ranks + 1)
    for source in self.sources { firstPlace[Int(source) + 1] += 1 }
    var rows = Array(repeating: 0, count: rankRows)
    for source in 0..<ranks {
      rows[source % rankRows] += firstPlace[source + 1]
      firstPlace[source + 1] += firstPlace[source]
    }
    rowPlanes = rows.map(BitPlanes.planes(for:))
    var next = firstPlace
    places = self.sources.map { source in
      defer { next[Int(source)] += 1 }
      return UInt32(next[Int(source)])
    }
    guard reached.count < places.count else { return }
    reached.deallocate()
    reached = .allocate(capacity: places.count)
    reached.initialize(repeating: .zero)
  }

  private func isAsLast(_ sources: Span<UInt32>) -> Bool {
    guard sources.count == self.sources.count else { return false }
    var difference: UInt32 = 0
    for token in sources.indices { difference |= sources[token] ^ self.sources[token] }
    return difference == 0
  }
}

/// The innermost loops of most replays: a few instructions for each of a trace's visits, and a few for each token.
///
/// Unchecked: experts are below the placement's, since steps are validated, dispatch rules give slots below the placement's,
/// and `SourceAssignment` gives ranks below the cluster's.
extension CopyCounter {
  /// Finds the ranks and nodes that each token visits.
  private func reach(_ visited: Span<UInt16>, topK: Int) {
    visited.withUnsafeBufferPointer { visited in
      places.withUnsafeBufferPointer { places in
        turns.withUnsafeBytes { turns in
          progress.withUnsafeMutableBufferPointer { progress in
            guard let visited = visited.baseAddress, let turns = turns.baseAddress,
              let progress = progress.baseAddress
            else { return mostNodes = 0 }
            switch topK {
            case 8: reach(visited, 8, places, turns, progress)
            default: reach(visited, topK, places, turns, progress)
            }
          }
        }
      }
    }
  }

  @inline(__always)
  private func reach(
    _ visited: UnsafePointer<UInt16>, _ topK: Int, _ places: UnsafeBufferPointer<UInt32>, _ turns: UnsafeRawPointer,
    _ progress: UnsafeMutablePointer<Progress>
  ) {
    guard let reached = reached.baseAddress else { return }
    let nodes = nodes
    BitPlanes.spread.withUnsafeBufferPointer { spread in
      guard let spread = spread.baseAddress else { return }
      var visited = visited
      var mostNodes: UInt64 = 0
      for place in places {
        var bits = BitPlanes.Pair.zero
        for visit in 0..<topK {
          let key = Int(visited[visit])
          let now = progress[key]
          let turn = (turns + Int(UInt32(truncatingIfNeeded: now))).assumingMemoryBound(to: Turn.self)
          bits |= turn.pointee.bits
          progress[key] = now &+ turn.pointee.step
        }
        visited += topK
        reached[Int(place)] = bits
        var nodeBits = bits[1]
        var bytes = spread[Int(nodeBits & 0xFF)]
        var node = 8
        while node < nodes {
          nodeBits &>>= 8
          bytes &+= spread[Int(nodeBits & 0xFF)]
          node &+= 8
        }
        // The product's highest byte is the sum of the bytes.
        mostNodes = max(mostNodes, (bytes &* 0x0101_0101_0101_0101) &>> 56)
      }
      self.mostNodes = Int(mostNodes)
    }
  }

  /// Deals the visits of each expert to its slots.
  private func countSlots(_ placement: LayerPlacement) {
    if slotTokens.count != placement.slots { slotTokens = Array(repeating: 0, count: placement.slots) }
    placement.firstSlot.withUnsafeBufferPointer { firstSlot in
      placement.slotsByExpert.withUnsafeBufferPointer { slotsByExpert in
        slotTokens.withUnsafeMutableBufferPointer { counts in
          var first = 0
          for expert in progress.indices {
            let visits = UInt32(truncatingIfNeeded: progress[expert] &>> 32)
            let end = firstSlot[expert &+ 1]
            if end &- first == 1 {
              counts[slotsByExpert[first]] = Double(visits)
            } else {
              let (whole, rest) = visits.quotientAndRemainder(dividingBy: UInt32(end - first))
              for turn in first..<end { counts[slotsByExpert[turn]] = Double(turn - first < rest ? whole + 1 : whole) }
            }
            first = end
          }
        }
      }
    }
  }

  /// Counts the tokens of each source, or of all with one index in their nodes, by destination.
  private func addUp(into traffic: inout Traffic) {
    let isFolded = rankRows < ranks
    rowSums.update(repeating: 0)
    withUnsafeTemporaryAllocation(of: BitPlanes.Pair.self, capacity: BitPlanes.maximum) { planes in
      BitPlanes.spread.withUnsafeBufferPointer { spread in
        traffic.nodeCopies.withUnsafeMutableBufferPointer { nodeCopies in
          traffic.rankCopies.withUnsafeMutableBufferPointer { rankCopies in
            traffic.relayCopies.withUnsafeMutableBufferPointer { relayCopies in
              guard let planes = planes.baseAddress, let spread = spread.baseAddress, let reached = reached.baseAddress,
                let nodeCopies = nodeCopies.baseAddress, let rowSums = rowSums.baseAddress,
                let copies = (isFolded ? relayCopies : rankCopies).baseAddress
              else { return }
              for source in 0..<ranks {
                let (first, end) = (firstPlace[source], firstPlace[source + 1])
                let count = BitPlanes.planes(for: end - first)
                BitPlanes.sum(reached + first, count: end - first, into: planes)
                let words = UnsafeRawPointer(planes).assumingMemoryBound(to: UInt64.self)
                BitPlanes.widen(
                  words + 1, stride: 2, count: count, columns: nodes, spread, to: nodeCopies + source * nodes)
                if isFolded {
                  let row = source % rankRows
                  BitPlanes.add(planes, count: count, to: rowSums + row * BitPlanes.maximum, count: rowPlanes[row])
                } else {
                  BitPlanes.widen(words, stride: 2, count: count, columns: ranks, spread, to: copies + source * ranks)
                }
              }
              guard isFolded else { return }
              for row in 0..<rankRows {
                BitPlanes.widen(
                  rowSums + row * BitPlanes.maximum, stride: 1, count: rowPlanes[row], columns: ranks, spread,
                  to: copies + row * ranks)
              }
            }
          }
        }
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
