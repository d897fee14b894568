/// The innermost loops of a replay: a few increments for each of a trace's visits.
///
/// Unchecked: dispatch rules give slots below the placement's, and `SourceRanks` gives ranks below the cluster's.
extension TrafficCounter {
  func clear() {
    for counts in [slotTokens, rankCopies, nodeCopies, visits, lastTokenToRank, lastTokenToNode] {
      counts.update(repeating: 0)
    }
  }

  /// Marks the ranks and nodes that a token has reached as bits of a word; no branch depends on the data.
  func countWithMasks(slotOfVisit: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>) {
    guard var visit = slotOfVisit.baseAddress else { return }
    for source in sources {
      let rows = rows(of: Int(source))
      var ranksReached: UInt64 = 0
      var nodesReached: UInt64 = 0
      for _ in 0..<topK {
        let slot = Int(visit.pointee)
        let rank = Int(rows.rankOfSlot[slot])
        let node = Int(rows.nodeOfSlot[slot])
        visit += 1
        rows.slotTokens[slot] &+= 1
        rows.visits[rank] &+= 1
        rows.rankCopies[rank] &+= UInt32(truncatingIfNeeded: ~(ranksReached &>> UInt64(rank)) & 1)
        rows.nodeCopies[node] &+= UInt32(truncatingIfNeeded: ~(nodesReached &>> UInt64(node)) & 1)
        ranksReached |= 1 &<< UInt64(rank)
        nodesReached |= 1 &<< UInt64(node)
      }
    }
  }

  /// Remembers the last token that reached each rank and node, for any number of ranks.
  func countWithStamps(slotOfVisit: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>) {
    guard var visit = slotOfVisit.baseAddress, let lastToRank = lastTokenToRank.baseAddress,
      let lastToNode = lastTokenToNode.baseAddress
    else { return }
    var stamp: UInt32 = 0
    for source in sources {
      let rows = rows(of: Int(source))
      stamp &+= 1
      for _ in 0..<topK {
        let slot = Int(visit.pointee)
        let rank = Int(rows.rankOfSlot[slot])
        let node = Int(rows.nodeOfSlot[slot])
        visit += 1
        rows.slotTokens[slot] &+= 1
        rows.visits[rank] &+= 1
        rows.rankCopies[rank] &+= lastToRank[rank] == stamp ? 0 : 1
        rows.nodeCopies[node] &+= lastToNode[node] == stamp ? 0 : 1
        lastToRank[rank] = stamp
        lastToNode[node] = stamp
      }
    }
  }

  /// Counts of at most 2^31 as doubles.
  func widen(_ counts: UnsafeMutableBufferPointer<UInt32>, into values: inout [Double]) {
    values.withUnsafeMutableBufferPointer { values in
      for i in 0..<counts.count { values[i] = Double(Int32(truncatingIfNeeded: counts[i])) }
    }
  }

  private struct Rows {
    let rankOfSlot: UnsafeMutablePointer<UInt16>
    let nodeOfSlot: UnsafeMutablePointer<UInt16>
    let slotTokens: UnsafeMutablePointer<UInt32>
    let rankCopies: UnsafeMutablePointer<UInt32>
    let nodeCopies: UnsafeMutablePointer<UInt32>
    let visits: UnsafeMutablePointer<UInt32>
  }

  /// The slot tables, and one source's rows of the matrices; none is empty, since there is at least one slot.
  @inline(__always)
  private func rows(of source: Int) -> Rows {
    Rows(
      rankOfSlot: rankOfSlot.baseAddress!, nodeOfSlot: nodeOfSlot.baseAddress!, slotTokens: slotTokens.baseAddress!,
      rankCopies: rankCopies.baseAddress! + source * ranks, nodeCopies: nodeCopies.baseAddress! + source * nodes,
      visits: visits.baseAddress! + source * ranks)
  }
}
