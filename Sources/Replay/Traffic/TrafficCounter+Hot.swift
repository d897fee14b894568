import PerformanceModel

/// Counts exactly what the tokens of one layer of one step send, given the slot of every visit.
///
/// Scratch space of one thread, reused from layer to layer.
package final class TrafficCounter {
  struct Place {
    var rank: UInt16
    var node: UInt16
  }

  let ranks: Int
  let ranksPerNode: Int
  let nodes: Int
  /// The ranks that have slots; nil for all.
  let alive: [Int]?
  /// `[slots]` where a slot is.
  let places: UnsafeMutableBufferPointer<Place>
  /// `[slots]` visits.
  package let slotTokens: UnsafeMutableBufferPointer<UInt32>
  /// `[ranks][ranks]` visits in the low half and tokens that visit in the high half, so that one addition counts both.
  let visitsAndCopies: UnsafeMutableBufferPointer<UInt64>
  /// `[ranks][nodes]` tokens that visit.
  let nodeCopies: UnsafeMutableBufferPointer<UInt32>
  /// `[ranks]` and `[nodes]` the last token that was seen going there, 1-based.
  let lastTokenToRank: UnsafeMutableBufferPointer<UInt32>
  let lastTokenToNode: UnsafeMutableBufferPointer<UInt32>

  /// Distinct nodes that one of the tokens counted last visits, at most.
  var mostNodes = 0

  /// - Parameter alive: ranks that have slots, ascending; nil for all.
  package init(ranks: Int, ranksPerNode: Int, slotsPerRank: Int, alive: [Int]? = nil) {
    func zeros<Element: FixedWidthInteger>(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
      let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    self.alive = alive
    let slots = (alive?.count ?? ranks) * slotsPerRank
    places = .allocate(capacity: slots)
    slotTokens = zeros(slots)
    visitsAndCopies = zeros(ranks * ranks)
    nodeCopies = zeros(ranks * nodes)
    lastTokenToRank = zeros(ranks)
    lastTokenToNode = zeros(nodes)
    for slot in places.indices {
      let rank = alive?[slot / slotsPerRank] ?? slot / slotsPerRank
      places.initializeElement(at: slot, to: Place(rank: UInt16(rank), node: UInt16(rank / ranksPerNode)))
    }
  }

  deinit {
    places.deallocate()
    slotTokens.deallocate()
    visitsAndCopies.deallocate()
    nodeCopies.deallocate()
    lastTokenToRank.deallocate()
    lastTokenToNode.deallocate()
  }

  /// Counts the visits in `slotOfVisit`, `[tokens][topK]`, of tokens on `sources`, `[tokens]`.
  ///
  /// - Complexity: O(`slotOfVisit.count` + `ranks`²).
  package func count(
    slotOfVisit: Span<UInt16>, topK: Int, sources: Span<UInt32>, into traffic: inout Traffic
  ) {
    clear()
    slotOfVisit.withUnsafeBufferPointer { slotOfVisit in
      sources.withUnsafeBufferPointer { sources in
        if ranks <= UInt64.bitWidth {
          countWithMasks(slotOfVisit: slotOfVisit, topK: topK, sources: sources)
        } else {
          countWithStamps(slotOfVisit: slotOfVisit, topK: topK, sources: sources)
        }
      }
    }
    widen(into: &traffic)
  }
}

extension TrafficCounter {
  /// The same where tokens have visits of different number, `starts[t]..<starts[t + 1]` those of token t.
  func count(slotOfVisit: [UInt16], starts: [Int], sources: [UInt32], into traffic: inout Traffic) {
    clear()
    for (token, source) in sources.enumerated() {
      let stamp = UInt32(token + 1)
      var reached = 0
      for visit in starts[token]..<starts[token + 1] {
        let slot = Int(slotOfVisit[visit])
        let (rank, node) = (Int(places[slot].rank), Int(places[slot].node))
        slotTokens[slot] += 1
        visitsAndCopies[Int(source) * ranks + rank] += lastTokenToRank[rank] == stamp ? 1 : 1 | 1 << 32
        if lastTokenToNode[node] != stamp {
          nodeCopies[Int(source) * nodes + node] += 1
          reached += 1
        }
        lastTokenToRank[rank] = stamp
        lastTokenToNode[node] = stamp
      }
      mostNodes = max(mostNodes, reached)
    }
    widen(into: &traffic)
  }
}

/// The innermost loops of a replay: a few increments for each of a trace's visits.
///
/// Unchecked: dispatch rules give slots below the placement's, and `SourceAssignment` gives ranks below the cluster's.
extension TrafficCounter {
  func clear() {
    mostNodes = 0
    visitsAndCopies.update(repeating: 0)
    for counts in [slotTokens, nodeCopies, lastTokenToRank, lastTokenToNode] { counts.update(repeating: 0) }
  }

  /// Marks the ranks and nodes that a token has reached as bits of a word; no branch depends on the data.
  func countWithMasks(slotOfVisit: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>) {
    guard var visit = slotOfVisit.baseAddress else { return }
    var mostNodes = 0
    for source in sources {
      let rows = rows(of: Int(source))
      var ranksReached: UInt64 = 0
      var nodesReached: UInt64 = 0
      for _ in 0..<topK {
        let slot = Int(visit.pointee)
        let place = rows.places[slot]
        visit += 1
        rows.slotTokens[slot] &+= 1
        let isNewRank = ~(ranksReached &>> UInt64(place.rank)) & 1
        let isNewNode = ~(nodesReached &>> UInt64(place.node)) & 1
        ranksReached |= 1 &<< UInt64(place.rank)
        nodesReached |= 1 &<< UInt64(place.node)
        rows.visitsAndCopies[Int(place.rank)] &+= 1 | isNewRank &<< 32
        rows.nodeCopies[Int(place.node)] &+= UInt32(truncatingIfNeeded: isNewNode)
      }
      mostNodes = max(mostNodes, nodesReached.nonzeroBitCount)
    }
    self.mostNodes = mostNodes
  }

  /// Remembers the last token that reached each rank and node, for any number of ranks.
  func countWithStamps(slotOfVisit: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>) {
    guard var visit = slotOfVisit.baseAddress, let lastToRank = lastTokenToRank.baseAddress,
      let lastToNode = lastTokenToNode.baseAddress
    else { return }
    var stamp: UInt32 = 0
    var mostNodes = 0
    for source in sources {
      let rows = rows(of: Int(source))
      stamp &+= 1
      var nodesReached = 0
      for _ in 0..<topK {
        let slot = Int(visit.pointee)
        let rank = Int(rows.places[slot].rank)
        let node = Int(rows.places[slot].node)
        visit += 1
        rows.slotTokens[slot] &+= 1
        rows.visitsAndCopies[rank] &+= lastToRank[rank] == stamp ? 1 : 1 | 1 &<< 32
        let isNewNode = lastToNode[node] != stamp
        rows.nodeCopies[node] &+= isNewNode ? 1 : 0
        nodesReached &+= isNewNode ? 1 : 0
        lastToRank[rank] = stamp
        lastToNode[node] = stamp
      }
      mostNodes = max(mostNodes, nodesReached)
    }
    self.mostNodes = mostNodes
  }

  /// Gives counts, at most 2^31 each, as doubles.
  func widen(into traffic: inout Traffic) {
    traffic.visits.withUnsafeMutableBufferPointer { visits in
      traffic.rankCopies.withUnsafeMutableBufferPointer { copies in
        for i in 0..<visitsAndCopies.count {
          visits[i] = Double(Int32(truncatingIfNeeded: visitsAndCopies[i]))
          copies[i] = Double(Int32(truncatingIfNeeded: visitsAndCopies[i] &>> 32))
        }
      }
    }
    traffic.nodeCopies.withUnsafeMutableBufferPointer { copies in
      for i in 0..<nodeCopies.count { copies[i] = Double(Int32(truncatingIfNeeded: nodeCopies[i])) }
    }
  }

  private struct Rows {
    let places: UnsafeMutablePointer<Place>
    let slotTokens: UnsafeMutablePointer<UInt32>
    let visitsAndCopies: UnsafeMutablePointer<UInt64>
    let nodeCopies: UnsafeMutablePointer<UInt32>
  }

  /// The slot tables, and one source's rows of the matrices; none is empty, since there is at least one slot.
  @inline(__always)
  private func rows(of source: Int) -> Rows {
    Rows(
      places: places.baseAddress!, slotTokens: slotTokens.baseAddress!,
      visitsAndCopies: visitsAndCopies.baseAddress! + source * ranks,
      nodeCopies: nodeCopies.baseAddress! + source * nodes)
  }
}
