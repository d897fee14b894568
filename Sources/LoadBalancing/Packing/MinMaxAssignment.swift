/// Splits every expert's tokens over its replicas so that the most loaded rank has as few as possible. Exact.
///
/// A maximum flow from experts to ranks under a common level, which starts at the mean. Water is poured first: each
/// expert's tokens onto its lowest ranks. What does not fit below the level is routed by blocking flows along shortest
/// paths (Dinic 1970), which displace tokens of other experts. An expert from which no rank with room is reached has
/// tokens that cannot leave the ranks from which none is either, so the level has to rise to their mean at least. That
/// is Newton's iteration on the parametric bound max over sets of ranks of (tokens that must stay in the set) / (ranks
/// of the set), which LPLB's linear program attains.
///
/// Scratch space of one thread.
///
/// - Complexity: O(experts + slots), and O(slots) per phase; a few phases in practice.
struct MinMaxAssignment {
  /// Tokens on the most loaded rank.
  var level = 0
  /// `[edges]` tokens that each edge's slot takes; an expert's other slots on the same rank take none.
  var flow: [Int] = []
  /// `[ranks]` tokens on each rank.
  var rankTokens: [Int] = []
  /// `[experts]` tokens that have no slot yet.
  var rest: [Int] = []
  /// `[experts]` and `[ranks]` displacements from there to a rank with room; and the edge to be tried next.
  var expertDistance: [Int32] = []
  var rankDistance: [Int32] = []
  var expertArc: [Int32] = []
  var rankArc: [Int32] = []
  /// `[ranks]` in the order in which a search reaches them.
  var queue: [Int32] = []

  /// - Parameters:
  ///   - counts: `[experts]` tokens of each expert, not negative.
  ///   - graph: of the placement.
  mutating func solve(_ counts: [Int], on graph: ReplicaGraph) {
    flow.refill(0, count: graph.edges.count)
    rest.refill(0, count: graph.experts)
    expertDistance.refill(0, count: graph.experts)
    expertArc.refill(0, count: graph.experts)
    rankTokens.refill(0, count: graph.ranks)
    rankDistance.refill(0, count: graph.ranks)
    rankArc.refill(0, count: graph.ranks)
    queue.refill(0, count: graph.ranks)
    runFlow(counts, on: graph)
  }

  /// `[slots]` tokens that each slot takes.
  func tokens(on graph: ReplicaGraph, slots: Int) -> [Int] {
    var tokens = Array(repeating: 0, count: slots)
    for (edge, taken) in zip(graph.edges, flow) { tokens[Int(edge.slot)] = taken }
    return tokens
  }
}
