import LoadBalancing
import PerformanceModel

/// Counts the copies that the tokens of one layer of one step send to ranks, added up over the sources with one index in
/// their nodes, and to nodes: as `CopyCounter` with relays alone, for any number of ranks.
///
/// A matrix of all sources and ranks would have to be cleared, widened and summed for every layer and step, which takes
/// longer than to count the tokens of a small one.
///
/// Scratch space of one thread, reused from layer to layer.
package final class RelayCounter {
  private struct Place {
    var rank: UInt16
    var node: UInt16
  }

  private let ranks: Int
  private let ranksPerNode: Int
  private let nodes: Int
  /// `[slots]` where a slot is.
  private var places: [Place] = []
  private var slotsPerRank = 0
  /// `[slots]` visits.
  package private(set) var slotTokens: [Double] = []
  /// `[ranks]` tokens of each source.
  private var tokens: [UInt32]
  /// `[ranks]` and `[nodes]` the last token that was seen going there, 1-based.
  private var lastTokenToRank: [UInt32]
  private var lastTokenToNode: [UInt32]
  /// Distinct nodes that one of the tokens counted last visits, at most.
  package private(set) var mostNodes = 0

  package init(ranks: Int, ranksPerNode: Int) {
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    nodes = ranks / ranksPerNode
    tokens = Array(repeating: 0, count: ranks)
    lastTokenToRank = tokens
    lastTokenToNode = Array(repeating: 0, count: nodes)
  }

  /// Counts the visits in `slotOfVisit`, `[tokens][topK]`, of tokens on `sources`, `[tokens]`.
  ///
  /// - Parameter traffic: receives copies, and in the place of visits their sums by source; what is not counted is empty.
  /// - Complexity: O(`slotOfVisit.count` + `ranks` · (`ranksPerNode` + `nodes`)).
  package func count(
    slotOfVisit: Span<UInt16>, topK: Int, sources: Span<UInt32>, placement: LayerPlacement, into traffic: inout Traffic
  ) {
    if places.count != placement.slots || slotsPerRank != placement.slotsPerRank { place(placement) }
    traffic.rankCopies = []
    traffic.visits = []
    traffic.relayCopies.clear(count: ranksPerNode * ranks)
    traffic.nodeCopies.clear(count: ranks * nodes)
    slotTokens.clear(count: placement.slots)
    tokens.clear(count: ranks)
    lastTokenToRank.clear(count: ranks)
    lastTokenToNode.clear(count: nodes)
    slotOfVisit.withUnsafeBufferPointer { slotOfVisit in
      sources.withUnsafeBufferPointer { count(slotOfVisit, topK: topK, sources: $0, into: &traffic) }
    }
    traffic.visitsBySource = tokens.map { Double($0) * Double(topK) }
  }

  private func place(_ placement: LayerPlacement) {
    let (perRank, perNode) = (placement.slotsPerRank, ranksPerNode)
    slotsPerRank = perRank
    places = (0..<placement.slots).map { slot in
      Place(rank: UInt16(slot / perRank), node: UInt16(slot / perRank / perNode))
    }
  }

  /// A few additions for each visit, none of which hangs on a branch. Whole numbers in doubles are exact.
  ///
  /// Unchecked: dispatch rules give slots below the placement's, and `SourceAssignment` gives ranks below the cluster's.
  private func count(
    _ slotOfVisit: UnsafeBufferPointer<UInt16>, topK: Int, sources: UnsafeBufferPointer<UInt32>,
    into traffic: inout Traffic
  ) {
    guard let slots = slotOfVisit.baseAddress else { return }
    let (ranks, ranksPerNode, nodes) = (ranks, ranksPerNode, nodes)
    places.withUnsafeBufferPointer { places in
      slotTokens.withUnsafeMutableBufferPointer { slotTokens in
        tokens.withUnsafeMutableBufferPointer { tokens in
          lastTokenToRank.withUnsafeMutableBufferPointer { lastToRank in
            lastTokenToNode.withUnsafeMutableBufferPointer { lastToNode in
              traffic.relayCopies.withUnsafeMutableBufferPointer { rankCopies in
                traffic.nodeCopies.withUnsafeMutableBufferPointer { nodeCopies in
                  guard let places = places.baseAddress, let slotTokens = slotTokens.baseAddress,
                    let lastToRank = lastToRank.baseAddress, let lastToNode = lastToNode.baseAddress,
                    let rankCopies = rankCopies.baseAddress, let nodeCopies = nodeCopies.baseAddress
                  else { return }
                  var (visit, stamp, mostNodes) = (slots, UInt32(0), 0)
                  for source in sources {
                    let source = Int(source)
                    stamp &+= 1
                    tokens[source] &+= 1
                    let toRanks = rankCopies + source % ranksPerNode &* ranks
                    let toNodes = nodeCopies + source &* nodes
                    var nodesReached = 0
                    for _ in 0..<topK {
                      let slot = Int(visit.pointee)
                      visit += 1
                      let (rank, node) = (Int(places[slot].rank), Int(places[slot].node))
                      let isNewNode = lastToNode[node] != stamp
                      slotTokens[slot] += 1
                      toRanks[rank] += lastToRank[rank] != stamp ? 1 : 0
                      toNodes[node] += isNewNode ? 1 : 0
                      nodesReached &+= isNewNode ? 1 : 0
                      lastToRank[rank] = stamp
                      lastToNode[node] = stamp
                    }
                    mostNodes = max(mostNodes, nodesReached)
                  }
                  self.mostNodes = mostNodes
                }
              }
            }
          }
        }
      }
    }
  }
}
