import PerformanceModel

/// Counts exactly what the tokens of one layer of one step send, given the slot of every visit.
///
/// Scratch space of one thread, reused from layer to layer; the loops are in `TrafficCounter+Hot.swift`.
package final class TrafficCounter {
  struct Place {
    var rank: UInt16
    var node: UInt16
  }

  let ranks: Int
  let ranksPerNode: Int
  let nodes: Int
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

  package init(ranks: Int, ranksPerNode: Int, slotsPerRank: Int) {
    func zeros<Element: FixedWidthInteger>(_ count: Int) -> UnsafeMutableBufferPointer<Element> {
      let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: count)
      buffer.initialize(repeating: 0)
      return buffer
    }
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    places = .allocate(capacity: ranks * slotsPerRank)
    slotTokens = zeros(ranks * slotsPerRank)
    visitsAndCopies = zeros(ranks * ranks)
    nodeCopies = zeros(ranks * nodes)
    lastTokenToRank = zeros(ranks)
    lastTokenToNode = zeros(nodes)
    for slot in places.indices {
      let rank = slot / slotsPerRank
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
    slotOfVisit: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    into traffic: inout Traffic
  ) {
    clear()
    if ranks <= UInt64.bitWidth {
      countWithMasks(slotOfVisit: slotOfVisit, topK: topK, sources: sources)
    } else {
      countWithStamps(slotOfVisit: slotOfVisit, topK: topK, sources: sources)
    }
    widen(into: &traffic)
  }
}
