import LoadBalancing
import PerformanceModel

/// The visits of a layer's tokens to the shared experts, where a rule sends them: as many a token as kernels are told of
/// shared experts, otherwise one, since they run as one.
///
/// Scratch space of one thread.
package struct SharedVisits {
  private var rule: any SharedExpertRule
  private var visits: RoutedVisits
  /// `[tokens]`.
  private var chosen: [UInt32] = []
  /// `[alive]`.
  private var tokens: [Double]
  /// `[alive]` the cluster's rank of each that there is.
  private var ids: [Int]
  /// Of a token.
  private let count: Double

  /// - Parameter count: visits of a token.
  package init(_ recipe: SharedExpertRecipe, topK: Int, ranks: Int, count: Int = 1) {
    rule = recipe.make()
    self.count = Double(count)
    visits = RoutedVisits(ranks: ranks, topK: topK)
    tokens = Array(repeating: 0, count: ranks)
    ids = Array(0..<ranks)
  }

  /// Ranks have come or gone: the rule chooses among these of the cluster, ascending.
  package mutating func resume(on ids: [Int]) {
    self.ids = ids
    visits.ranks = ids.count
    tokens = Array(repeating: 0, count: ids.count)
  }

  /// `[alive]` tokens that the shared experts of each rank see in the layer counted last.
  ///
  /// - Parameter share: of them.
  package func tokens(share: Double) -> [Double] { share == 1 ? tokens : tokens.map { $0 * share } }

  /// Sends the visits of a layer whose routed ones are in `traffic`, and adds their copies to it. One that stays on its
  /// rank is not sent; one that goes where an expert of its token is adds no copy of a token and rank, or of a token and
  /// node.
  ///
  /// - Parameters:
  ///   - slotOfVisit: `[tokens][topK]`.
  ///   - sources: `[tokens]` place among the ranks alive of the rank of each token.
  ///   - starts: as `DispatchContext.starts`.
  package mutating func count(
    slotOfVisit: [UInt16], slotsPerRank: Int, sources: [UInt32], starts: [Int]? = nil, into traffic: inout Traffic
  ) {
    visits.sources = sources
    visits.starts = starts
    visits.visited.removeAll(keepingCapacity: true)
    for slot in slotOfVisit { visits.visited.append(UInt32(Int(slot) / slotsPerRank)) }
    rule.assign(visits, into: &chosen)
    for rank in tokens.indices { tokens[rank] = 0 }
    for (token, rank) in chosen.enumerated() {
      tokens[Int(rank)] += 1
      let source = Int(sources[token])
      if Int(rank) != source { send(token, from: source, to: Int(rank), into: &traffic) }
    }
  }

  private func send(_ token: Int, from source: Int, to rank: Int, into traffic: inout Traffic) {
    let ranksPerNode = traffic.ranksPerNode
    let routed = visits.visited(byToken: token)
    let (node, cell) = (ids[rank] / ranksPerNode, ids[source] * traffic.ranks + ids[rank])
    traffic.visits[cell] += count
    if !routed.contains(UInt32(rank)) { traffic.rankCopies[cell] += 1 }
    if !routed.contains(where: { ids[Int($0)] / ranksPerNode == node }) {
      traffic.nodeCopies[ids[source] * traffic.nodes + node] += 1
    }
  }
}
