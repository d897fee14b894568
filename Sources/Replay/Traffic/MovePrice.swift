import Diagnostics
import LoadBalancing
import PerformanceModel

/// What moving experts takes on a machine, by a policy's rule.
package struct MovePrice: Sendable {
  private let migration: Migration
  private let rule: MigrationRule
  private let ranks: Int
  private let expertBytes: Double

  /// - Throws: `InputError` (usage) when the cluster has no links to move bytes over.
  package init(_ rule: MigrationRule, cluster: Cluster, expertBytes: Double) throws(InputError) {
    migration = try Migration(cluster: cluster, bandwidth: rule.bandwidth, share: rule.bandwidthShare ?? 1)
    self.rule = rule
    ranks = cluster.ranks
    self.expertBytes = expertBytes
  }

  /// Microseconds for layers that move together: all bytes at once, or batch after batch of pairs of ranks, layer after
  /// layer; and what every layer with something to move takes besides.
  package func time(of layers: [[ExpertFetch]]) -> Double {
    let fixed = rule.microsecondsPerLayer * Double(layers.count { !$0.isEmpty })
    switch rule.batches {
    case .one: return fixed + time(layers.joined().matrix(ranks: ranks))
    case .pairs:
      return layers.reduce(fixed) { sum, fetches in
        PairBatches.batches(of: fetches).reduce(sum) { $0 + time(matrix(of: $1)) }
      }
    }
  }

  /// - Parameter experts: `[ranks][ranks]`, row = sender.
  private func time(_ experts: [Double]) -> Double { migration.time(bytes: experts.map { $0 * expertBytes }) }

  private func matrix(of batch: [ExpertFlow]) -> [Double] {
    var experts = Array(repeating: 0.0, count: ranks * ranks)
    for flow in batch { experts[flow.sender * ranks + flow.receiver] = Double(flow.experts.count) }
    return experts
  }
}
