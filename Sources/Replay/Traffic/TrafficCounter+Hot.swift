import PerformanceModel

/// The innermost loops of a replay: a few increments for each of a trace's visits.
///
/// Unchecked: dispatch rules give slots below the placement's, and `SourceRanks` gives ranks below the cluster's.
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
