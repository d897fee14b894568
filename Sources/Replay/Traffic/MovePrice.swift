import Diagnostics
import LoadBalancing
import PerformanceModel

/// What moving experts takes on a machine, by a policy's rule.
package struct MovePrice: Sendable {
  private let migration: Migration
  private let rule: MigrationRule
  private let ranks: Int
  private let ranksPerNode: Int
  private let expertBytes: Double
  /// Nil where all experts come from other ranks.
  private let storage: Storage?

  /// - Throws: `InputError` (usage) when the cluster has no links to move bytes over.
  package init(_ rule: MigrationRule, cluster: Cluster, expertBytes: Double) throws(InputError) {
    migration = try Migration(cluster: cluster, bandwidth: rule.bandwidth, share: rule.bandwidthShare ?? 1)
    self.rule = rule
    ranks = cluster.ranks
    ranksPerNode = cluster.ranksPerNode
    self.expertBytes = expertBytes
    storage = cluster.storage
  }

  /// For layers that move together: all bytes at once, or batch after batch of pairs of ranks, layer after layer; and
  /// what every layer with something to move takes besides.
  ///
  /// Where the machine has tiers of storage, what moves at once comes from ranks or from tiers, whichever takes less:
  /// see `cheapest`.
  ///
  /// - Parameters:
  ///   - locations: where tiers have experts; nil to ask other ranks alone.
  ///   - lost: what no rank has, and ranks load besides.
  package func cost(
    of layers: [LayerFetches], from locations: ExpertLocations? = nil, lost: [RankShift.Load] = []
  ) -> MoveCost {
    let fixed = rule.microsecondsPerLayer * Double(layers.count { !$0.fetches.isEmpty })
    guard let storage, let locations else {
      precondition(lost.isEmpty, "experts that no rank has, and no storage")
      let fetches = layers.map(\.fetches)
      return MoveCost(
        time: linkTime(of: fetches, after: fixed),
        sources: ExpertSources(peers: fetches.reduce(0) { $0 + $1.count }))
    }
    let together = rule.batches == .one ? [layers] : layers.map { [$0] }
    return together.reduce(MoveCost(time: fixed, sources: ExpertSources())) { sum, layers in
      let cost = cheapest(layers, storage, locations, lost: lost)
      return MoveCost(time: sum.time + cost.time, sources: sum.sources + cost.sources)
    }
  }

  /// The cheapest way to get experts that move at once; of equals the one with most from ranks.
  ///
  /// Ways differ in the tiers that take the place of senders on the receiver's node, and on other nodes: none, the
  /// nearest, the two nearest, and so on, and of other nodes' never fewer. Ranks and tiers send at the same time. No
  /// way's time rises when a tier becomes faster, and so neither does this.
  private func cheapest(
    _ layers: [LayerFetches], _ storage: Storage, _ locations: ExpertLocations, lost: [RankShift.Load]
  ) -> MoveCost {
    let fetches = layers.flatMap { layer in
      layer.fetches.map { (fetch: $0, tier: locations[layer.layer, $0.expert]) }
    }
    func cost(near: StorageTier?, far: StorageTier?) -> MoveCost {
      var sources = ExpertSources()
      var loads = StorageLoads(ranks: ranks)
      var sent: [ExpertFetch] = []
      for load in lost {
        let tier = locations[load.layer, load.expert]
        sources[tier] += 1
        loads.add(expertBytes, toRank: load.rank, from: tier)
      }
      for (fetch, tier) in fetches {
        let isNear = fetch.sender / ranksPerNode == fetch.receiver / ranksPerNode
        if let most = isNear ? near : far, tier <= most {
          sources[tier] += 1
          loads.add(expertBytes, toRank: fetch.receiver, from: tier)
        } else {
          sent.append(fetch)
        }
      }
      sources.peers = sent.count
      let time = max(linkTime(of: [sent], after: 0), storage.time(of: loads, ranksPerNode: ranksPerNode))
      return MoveCost(time: time, sources: sources)
    }
    var best = cost(near: nil, far: nil)
    let tiers = Set(fetches.map(\.tier)).sorted()
    for (place, far) in tiers.enumerated() {
      for near in [nil] + tiers[...place].map(Optional.some) {
        let other = cost(near: near, far: far)
        if other.time < best.time { best = other }
      }
    }
    return best
  }

  /// Microseconds over links alone, added to `fixed`.
  private func linkTime(of layers: [[ExpertFetch]], after fixed: Double) -> Double {
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
