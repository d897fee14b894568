import PerformanceModel

/// Counts exactly what the tokens of one layer of one step send, given the slot of every visit.
///
/// Scratch space of one thread, reused from layer to layer; the loops are in `TrafficCounter+Hot.swift`.
package final class TrafficCounter {
  let ranks: Int
  let ranksPerNode: Int
  let nodes: Int
  /// `[slots]` rank and node of a slot.
  let rankOfSlot: UnsafeMutableBufferPointer<UInt16>
  let nodeOfSlot: UnsafeMutableBufferPointer<UInt16>
  /// `[slots]` visits.
  package let slotTokens: UnsafeMutableBufferPointer<UInt32>
  /// `[ranks][ranks]`, `[ranks][nodes]` and `[ranks][ranks]`: see `Traffic`.
  let rankCopies: UnsafeMutableBufferPointer<UInt32>
  let nodeCopies: UnsafeMutableBufferPointer<UInt32>
  let visits: UnsafeMutableBufferPointer<UInt32>
  /// `[ranks]` and `[nodes]` the last token that was seen going there, 1-based.
  let lastTokenToRank: UnsafeMutableBufferPointer<UInt32>
  let lastTokenToNode: UnsafeMutableBufferPointer<UInt32>

  package init(ranks: Int, ranksPerNode: Int, slotsPerRank: Int) {
    func zeros<Element: FixedWidthInteger>(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
      let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    rankOfSlot = zeros(ranks * slotsPerRank)
    nodeOfSlot = zeros(ranks * slotsPerRank)
    slotTokens = zeros(ranks * slotsPerRank)
    rankCopies = zeros(ranks * ranks)
    nodeCopies = zeros(ranks * nodes)
    visits = zeros(ranks * ranks)
    lastTokenToRank = zeros(ranks)
    lastTokenToNode = zeros(nodes)
    for slot in slotTokens.indices {
      rankOfSlot[slot] = UInt16(slot / slotsPerRank)
      nodeOfSlot[slot] = UInt16(slot / slotsPerRank / ranksPerNode)
    }
  }

  deinit {
    rankOfSlot.deallocate()
    nodeOfSlot.deallocate()
    slotTokens.deallocate()
    rankCopies.deallocate()
    nodeCopies.deallocate()
    visits.deallocate()
    lastTokenToRank.deallocate()
    lastTokenToNode.deallocate()
  }

  /// Counts the visits in `slotOfVisit`, `[tokens][topK]`, of tokens on `sources`, `[tokens]`.
  ///
  /// - Complexity: O(`slotOfVisit.count` + `ranks`²).
  package func count(
    slotOfVisit: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    into traffic: inout Traffic
  ) {
    clear()
    if ranks <= UInt64.bitWidth {
      countWithMasks(slotOfVisit: slotOfVisit, topK: topK, sources: sources)
    } else {
      countWithStamps(slotOfVisit: slotOfVisit, topK: topK, sources: sources)
    }
    widen(rankCopies, into: &traffic.rankCopies)
    widen(nodeCopies, into: &traffic.nodeCopies)
    widen(visits, into: &traffic.visits)
  }
}
