/// Which ranks an expert's tokens can go to: edges between experts and ranks, made once for a placement.
///
/// An expert that is twice on a rank has one edge to it, of its lowest slot there.
struct ReplicaGraph {
  struct Edge {
    var slot: UInt16
    var rank: UInt16
    var expert: UInt16
  }

  /// By expert, then by slot.
  private(set) var edges: [Edge] = []
  /// `[experts + 1]` where each expert's edges begin.
  private(set) var firstEdge: [Int32] = []
  /// Experts with several edges: those with the fewest first, since the others can make up for them.
  private(set) var splitExperts: [Int32] = []
  /// `[ranks + 1]` where each rank's edges begin in `edgesByRank`, which holds those of split experts.
  private(set) var firstOfRank: [Int32] = []
  private(set) var edgesByRank: [Int32] = []
  private(set) var ranks = 0
  private var physicalToLogical: [Int] = []

  var experts: Int { firstEdge.count - 1 }

  /// Whether this is the graph of `placement`: at once if it is the same as the last time.
  func isMade(for placement: LayerPlacement) -> Bool {
    ranks == placement.ranks && experts == placement.experts && physicalToLogical == placement.physicalToLogical
  }

  /// - Complexity: O(slots).
  mutating func make(for placement: LayerPlacement) {
    physicalToLogical = placement.physicalToLogical
    ranks = placement.ranks
    edges.removeAll(keepingCapacity: true)
    firstEdge.refill(0, count: placement.experts + 1)
    splitExperts.removeAll(keepingCapacity: true)
    let slotsPerRank = placement.slotsPerRank
    for expert in 0..<placement.experts {
      var lastRank = -1
      for slot in placement.slots(ofExpert: expert) {
        let rank = slot / slotsPerRank
        guard rank != lastRank else { continue }
        lastRank = rank
        edges.append(
          Edge(
            slot: UInt16(truncatingIfNeeded: slot), rank: UInt16(truncatingIfNeeded: rank),
            expert: UInt16(truncatingIfNeeded: expert)))
      }
      firstEdge[expert + 1] = Int32(edges.count)
      if replicas(expert) > 1 { splitExperts.append(Int32(expert)) }
    }
    splitExperts = splitExperts.sorted { (replicas(Int($0)), $0) < (replicas(Int($1)), $1) }
    sortByRank()
  }

  func edges(ofExpert expert: Int) -> Range<Int> { Int(firstEdge[expert])..<Int(firstEdge[expert + 1]) }

  private func replicas(_ expert: Int) -> Int { Int(firstEdge[expert + 1] - firstEdge[expert]) }

  private mutating func sortByRank() {
    firstOfRank.refill(0, count: ranks + 1)
    for edge in edges where replicas(Int(edge.expert)) > 1 { firstOfRank[Int(edge.rank) + 1] += 1 }
    for rank in 0..<ranks { firstOfRank[rank + 1] += firstOfRank[rank] }
    var next = firstOfRank
    edgesByRank.refill(0, count: Int(firstOfRank[ranks]))
    for (index, edge) in edges.enumerated() where replicas(Int(edge.expert)) > 1 {
      edgesByRank[Int(next[Int(edge.rank)])] = Int32(index)
      next[Int(edge.rank)] += 1
    }
  }
}
