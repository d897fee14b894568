import LoadBalancing
import PerformanceModel

/// The traffic to expect of one layer when only the load of each expert is known: routing is independent otherwise
/// (see `ExpectedRouting`) and tokens start evenly on all ranks.
struct ExpectedTraffic {
  /// What one token of a source sends.
  private struct Row {
    /// `[ranks]`, `[nodes]`, `[ranks]` and `[slots]`.
    var rankCopies: [Double] = []
    var nodeCopies: [Double] = []
    var visits: [Double]
    var slotVisits: [Double]
  }

  /// Tokens of the layer; see `ExpectedRouting`.
  let tokens: Double
  private let alive: AliveRanks
  /// One row a source, or a single one when the dispatch rule does not look at the source; none without tokens.
  private let rows: [Row]
  private let slots: Int

  /// - Parameters:
  ///   - counts: `[experts]` tokens per expert.
  ///   - alive: ranks that the placement is of, and on which tokens start.
  init(counts: [Double], in context: DispatchContext, dispatch: any ReplicaDispatch, alive: AliveRanks) {
    let placement = context.placement
    self.alive = alive
    slots = placement.slots
    guard counts.contains(where: { $0 > 0 }) else {
      tokens = 0
      rows = []
      return
    }
    let routing = ExpectedRouting(counts: counts, topK: context.topK)
    let visitsPerToken = counts.map { $0 / routing.tokens }
    tokens = routing.tokens
    let nodes = alive.placesByNode
    rows = (0..<(dispatch.dependsOnSource ? alive.count : 1)).map { source in
      Self.row(
        shares: dispatch.expectedShares(load: counts, source: source, in: context), visitsPerToken: visitsPerToken,
        placement: placement, nodes: nodes, routing: routing)
    }
  }

  /// Writes the expected copies, `tokens / ranks` of each row's from every source.
  func fill(_ traffic: inout Traffic) {
    let tokensPerSource = tokens / Double(alive.count)
    func matrix(_ columns: Int, _ part: (Row) -> [Double]) -> [Double] {
      if rows.isEmpty { return Array(repeating: 0, count: alive.all * columns) }
      let values = (0..<alive.count).flatMap { part(rows[min($0, rows.count - 1)]).map { $0 * tokensPerSource } }
      return alive.spread(values, width: columns)
    }
    traffic.rankCopies = matrix(alive.all) { alive.spread($0.rankCopies) }
    traffic.nodeCopies = matrix(traffic.nodes, \.nodeCopies)
    traffic.visits = matrix(alive.all) { alive.spread($0.visits) }
  }

  /// `[slots]` expected tokens of each slot.
  var slotTokens: [Double] {
    var sums = Array(repeating: 0.0, count: slots)
    for row in rows {
      for slot in sums.indices { sums[slot] += row.slotVisits[slot] * tokens / Double(rows.count) }
    }
    return sums
  }

  private static func row(
    shares: [Double], visitsPerToken: [Double], placement: LayerPlacement, nodes: [Range<Int>],
    routing: ExpectedRouting
  ) -> Row {
    var row = Row(
      visits: Array(repeating: 0, count: placement.ranks),
      slotVisits: zip(placement.physicalToLogical, shares).map { visitsPerToken[$0] * $1 })
    for node in nodes {
      var toNode = Array(repeating: 0.0, count: placement.experts)
      for rank in node {
        var toRank = Array(repeating: 0.0, count: placement.experts)
        for slot in rank * placement.slotsPerRank..<(rank + 1) * placement.slotsPerRank {
          let expert = placement.physicalToLogical[slot]
          toRank[expert] += shares[slot]
          toNode[expert] += shares[slot]
          row.visits[rank] += row.slotVisits[slot]
        }
        row.rankCopies.append(routing.probabilityOfVisit(fraction: toRank))
      }
      row.nodeCopies.append(node.isEmpty ? 0 : routing.probabilityOfVisit(fraction: toNode))
    }
    return row
  }
}
