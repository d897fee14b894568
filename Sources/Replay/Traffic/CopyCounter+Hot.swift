import LoadBalancing
import PerformanceModel

/// Counts the copies that the tokens of one layer of one step send, and not which visits go where: as `TrafficCounter`, in
/// less time.
///
/// A token's ranks and nodes are bits of words, and the words of a row are added up bit by bit: one row for each source, or
/// for all with one index in their nodes. Where an expert's replicas are visited in turn, no slot is written down for a
/// visit.
///
/// Scratch space of one thread, reused from layer to layer.
package final class CopyCounter {
  /// Two words of bits; the ranks' words come first, then the nodes', then some to fill the last pair.
  typealias Pair = BitPlanes.Pair

  /// Ranks whose bits fit a word: sources of more are not counted apart here, since their matrix takes longer than tokens.
  package static let mostRanksApart = UInt64.bitWidth

  private let ranks: Int
  private let ranksPerNode: Int
  private let nodes: Int
  private let isFolded: Bool
  private let rankWords: Int
  private let nodeWords: Int
  /// Of a token's words.
  private let pairs: Int
  /// `[ranks]` the node of each source.
  private let ownNodes: [Int]
  private var order: TokenOrder
  /// `[tokens][pairs]` in that order: the ranks and nodes that each visits.
  private var reached: UnsafeMutableBufferPointer<Pair>

  private var turns: ReplicaTurns
  /// `[experts]` or `[slots]`.
  private var progress: [ReplicaTurns.Progress] = []
  /// `[slots]` visits.
  package private(set) var slotTokens: [Double] = []
  /// Distinct nodes that one of the tokens counted last visits, at most.
  package private(set) var mostNodes = 0

  /// - Parameter detail: `relays`, or for up to 64 ranks `ranks`.
  package init(ranks: Int, ranksPerNode: Int, detail: TrafficDetail) {
    isFolded = detail == .relays
    precondition(isFolded || detail == .ranks && ranks <= Self.mostRanksApart)
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    rankWords = (ranks + 63) / 64
    nodeWords = (nodes + 63) / 64
    pairs = Self.pairs(words: rankWords + nodeWords)
    ownNodes = (0..<ranks).map { $0 / ranksPerNode }
    turns = ReplicaTurns(ranksPerNode: ranksPerNode, rankWords: rankWords, pairs: pairs)
    order = TokenOrder(ranks: ranks, rows: isFolded ? ranksPerNode : ranks)
    reached = .allocate(capacity: 0)
  }

  deinit { reached.deallocate() }

  /// One and three pairs are kept in registers while a token's visits are taken.
  private static func pairs(words: Int) -> Int {
    switch words {
    case ...2: 1
    case ...6: 3
    default: (words + 1) / 2
    }
  }

  /// Counts the visits to `experts`, `[tokens][topK]`, of tokens on `sources`, `[tokens]`: the j-th visit to an expert takes
  /// its replica j mod replicas.
  ///
  /// - Parameters:
  ///   - alive: the ranks that have slots, ascending; nil for all.
  ///   - traffic: receives copies, and in the place of visits their sums by source; what is not counted is empty.
  /// - Complexity: O(`experts.count` + `ranks`²), or with relays alone O(`experts.count` + `ranks` · `ranksPerNode`).
  package func count(
    experts: Span<UInt16>, topK: Int, sources: Span<UInt32>, placement: LayerPlacement, alive: [Int]? = nil,
    into traffic: inout Traffic
  ) {
    turns.nameExperts(placement, alive: alive)
    count(experts, topK: topK, sources: sources, into: &traffic)
    countSlots(placement)
  }

  /// Counts the visits in `slotOfVisit`, `[tokens][topK]`, of tokens on `sources`, `[tokens]`; else as above.
  package func count(
    slotOfVisit: Span<UInt16>, topK: Int, sources: Span<UInt32>, placement: LayerPlacement, alive: [Int]? = nil,
    into traffic: inout Traffic
  ) {
    turns.nameSlots(placement, alive: alive)
    count(slotOfVisit, topK: topK, sources: sources, into: &traffic)
    slotTokens = progress.map { Double($0 >> 32) }
  }

  private func count(_ visited: Span<UInt16>, topK: Int, sources: Span<UInt32>, into traffic: inout Traffic) {
    order.arrange(sources)
    if reached.count < order.places.count * pairs {
      reached.deallocate()
      reached = .allocate(capacity: order.places.count * pairs)
      reached.initialize(repeating: .zero)
    }
    progress.removeAll(keepingCapacity: true)
    progress += turns.begun
    reach(visited, topK: topK)
    traffic.visits = []
    traffic.visitsBySource = order.tokensBySource.map { Double($0 * topK) }
    if isFolded {
      traffic.rankCopies = []
      traffic.nodeCopies = []
      var relayed = traffic.relayed.take() ?? RelayedCopies(ranks: ranks, ranksPerNode: ranksPerNode)
      addUp(into: &relayed)
      traffic.relayed = relayed
    } else {
      traffic.relayed = nil
      addUp(into: &traffic)
    }
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
      order.places.withUnsafeBufferPointer { places in
        turns.table.withUnsafeBytes { turns in
          progress.withUnsafeMutableBufferPointer { progress in
            guard let visited = visited.baseAddress, let turns = turns.baseAddress,
              let progress = progress.baseAddress
            else { return }
            switch (pairs, topK) {
            case (1, 8): reach(visited, 8, pairs: 1, places, turns, progress)
            case (1, _): reach(visited, topK, pairs: 1, places, turns, progress)
            case (3, 8): reach(visited, 8, pairs: 3, places, turns, progress)
            case (3, _): reach(visited, topK, pairs: 3, places, turns, progress)
            default: reachFar(visited, topK, places, turns, progress)
            }
          }
        }
      }
    }
  }

  /// - Parameter pairs: 1 or 3.
  @inline(__always)
  private func reach(
    _ visited: UnsafePointer<UInt16>, _ topK: Int, pairs: Int, _ places: UnsafeBufferPointer<UInt32>,
    _ turns: UnsafeRawPointer, _ progress: UnsafeMutablePointer<ReplicaTurns.Progress>
  ) {
    guard let reached = reached.baseAddress else { return }
    var visited = visited
    for place in places {
      var (first, second, third) = (Pair.zero, Pair.zero, Pair.zero)
      for visit in 0..<topK {
        let turn = Self.take(Int(visited[visit]), turns, progress, pairs: pairs)
        first |= turn[0]
        if pairs == 3 {
          second |= turn[1]
          third |= turn[2]
        }
      }
      visited += topK
      let words = reached + Int(place) &* pairs
      words[0] = first
      if pairs == 3 {
        words[1] = second
        words[2] = third
      }
    }
  }

  /// The same for any number of pairs, one after the other.
  private func reachFar(
    _ visited: UnsafePointer<UInt16>, _ topK: Int, _ places: UnsafeBufferPointer<UInt32>, _ turns: UnsafeRawPointer,
    _ progress: UnsafeMutablePointer<ReplicaTurns.Progress>
  ) {
    guard let reached = reached.baseAddress else { return }
    let pairs = pairs
    withUnsafeTemporaryAllocation(of: UnsafePointer<Pair>.self, capacity: topK) { taken in
      guard let taken = taken.baseAddress else { return }
      var visited = visited
      for place in places {
        for visit in 0..<topK { taken[visit] = Self.take(Int(visited[visit]), turns, progress, pairs: pairs) }
        visited += topK
        let words = reached + Int(place) &* pairs
        for pair in 0..<pairs {
          var bits = Pair.zero
          for visit in 0..<topK { bits |= taken[visit][pair] }
          words[pair] = bits
        }
      }
    }
  }

  /// Gives a visit its turn.
  @inline(__always)
  private static func take(
    _ key: Int, _ turns: UnsafeRawPointer, _ progress: UnsafeMutablePointer<ReplicaTurns.Progress>, pairs: Int
  ) -> UnsafePointer<Pair> {
    let now = progress[key]
    let turn = (turns + Int(UInt32(truncatingIfNeeded: now))).assumingMemoryBound(to: Pair.self)
    progress[key] = now &+ turn[pairs][0]
    return turn
  }

  /// Counts the tokens of each source by destination.
  private func addUp(into traffic: inout Traffic) {
    traffic.rankCopies.resize(ranks * ranks)
    traffic.nodeCopies.resize(ranks * nodes)
    traffic.rankCopies.withUnsafeMutableBufferPointer { rankCopies in
      traffic.nodeCopies.withUnsafeMutableBufferPointer { nodeCopies in
        guard let rankCopies = rankCopies.baseAddress, let nodeCopies = nodeCopies.baseAddress else { return }
        addUp { row, sums in
          sums.widen(words: 0..<rankWords, columns: ranks, to: rankCopies + row * ranks)
          sums.widen(words: rankWords..<rankWords + nodeWords, columns: nodes, to: nodeCopies + row * nodes)
        }
      }
    }
    countNodes { _, _, _ in }
  }

  /// Counts the tokens of all sources with one index in their nodes by destination, and what each sends to other nodes.
  private func addUp(into relayed: inout RelayedCopies) {
    let (ranks, nodes, ranksPerNode) = (ranks, nodes, ranksPerNode)
    relayed.toRanks.withUnsafeMutableBufferPointer { toRanks in
      relayed.receivedOut.withUnsafeMutableBufferPointer { receivedOut in
        withUnsafeTemporaryAllocation(of: Double.self, capacity: nodes) { toNodes in
          guard let toRanks = toRanks.baseAddress, let toNodes = toNodes.baseAddress else { return }
          addUp { row, sums in
            sums.widen(words: 0..<rankWords, columns: ranks, to: toRanks + row * ranks)
            sums.widen(words: rankWords..<rankWords + nodeWords, columns: nodes, to: toNodes)
            for node in 0..<nodes { receivedOut[node &* ranksPerNode &+ row] = toNodes[node] }
          }
        }
        relayed.sentOut.withUnsafeMutableBufferPointer { sentOut in
          var within = 0
          countNodes { source, copies, own in
            sentOut[source] = Double(copies &- own)
            // The rank of the source's index on the source's node is the source.
            receivedOut[source] -= Double(own)
            within &+= own
          }
          relayed.within = Double(within)
        }
      }
    }
  }

  /// Adds up the words of each row.
  ///
  /// - Parameter body: receives the row and the sums of its words.
  @inline(__always)
  private func addUp(_ body: (Int, BitPlanes.Sums) -> Void) {
    let pairs = pairs
    withUnsafeTemporaryAllocation(of: Pair.self, capacity: pairs * BitPlanes.maximum) { planes in
      BitPlanes.spread.withUnsafeBufferPointer { spread in
        guard let planes = planes.baseAddress, let spread = spread.baseAddress else { return }
        let reached = reached.baseAddress
        for row in 0..<order.rows {
          let places = order.places(ofRow: row)
          if let reached {
            let words = UnsafePointer(reached) + places.lowerBound &* pairs
            if pairs == 1 {
              BitPlanes.sum(words, stride: 1, count: places.count, into: planes)
            } else {
              for pair in 0..<(rankWords + nodeWords + 1) / 2 {
                BitPlanes.sum(
                  words + pair, stride: pairs, count: places.count, into: planes + pair &* BitPlanes.maximum)
              }
            }
          }
          body(row, BitPlanes.Sums(planes: planes, count: BitPlanes.planes(for: places.count), spread: spread))
        }
      }
    }
  }

  /// Counts the nodes that tokens visit.
  ///
  /// - Parameter body: receives a source, the copies that its tokens send to nodes, one per token and node, and how many of
  ///   these stay on its own.
  @inline(__always)
  private func countNodes(_ body: (Int, Int, Int) -> Void) {
    switch nodes {
    case ...8: countNodes(bytes: 1, body)
    default: countNodes(bytes: (nodes + 7) / 8, body)
    }
  }

  /// - Parameter bytes: that have the bits of nodes. A byte's bits are looked up, since not every processor counts them.
  @inline(__always)
  private func countNodes(bytes: Int, _ body: (Int, Int, Int) -> Void) {
    let (start, width) = (8 * rankWords, pairs * MemoryLayout<Pair>.stride)
    var mostNodes = 0
    BitPlanes.ones.withUnsafeBufferPointer { ones in
      order.firstPlace.withUnsafeBufferPointer { firstPlace in
        guard let ones = ones.baseAddress else { return }
        let reached = UnsafeRawBufferPointer(reached).assumingMemoryBound(to: UInt8.self)
        for (ordinal, source) in order.sourcesByRow.enumerated() {
          let (ownByte, ownBit) = (ownNodes[source] / 8, UInt8(ownNodes[source] % 8))
          var (copies, own) = (0, 0)
          for place in firstPlace[ordinal]..<firstPlace[ordinal &+ 1] {
            let first = place &* width &+ start
            var visited = 0
            for byte in 0..<bytes { visited &+= Int(ones[Int(reached[first &+ byte])]) }
            mostNodes = max(mostNodes, visited)
            copies &+= visited
            own &+= Int(reached[first &+ ownByte] &>> ownBit & 1)
          }
          body(source, copies, own)
        }
      }
    }
    self.mostNodes = mostNodes
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
}

extension [Double] {
  /// As many numbers, whatever they are.
  fileprivate mutating func resize(_ count: Int) {
    if self.count != count { self = Array(repeating: 0, count: count) }
  }
}
