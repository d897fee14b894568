import Foundation
import LoadBalancing
import PerformanceModel
import RoutingTrace

extension PlacementPrice {
  /// The price of a step of `tokensPerStep` tokens, spread over `sources`, on the setting's cluster, whose ports are taken as the port model's.
  ///
  /// Expert compute is linear around ranks whose experts have all the same tokens: an expert costs what it reads, computes and
  /// moves, weighed by how much memory and arithmetic each add to the kernels' time there.
  ///
  /// - Parameter alive: ranks that placements are of; all when nil.
  package init(
    _ setting: ReplaySetting, tokensPerStep: Double, sources: SourceSpread, isDecode: Bool, alive: AliveRanks? = nil
  ) {
    let prices = setting.prices(isDecode: isDecode)
    let (cluster, payload) = (prices.cluster, prices.payload)
    let copies = cluster.copies
    let alive = alive ?? AliveRanks(all: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
    func operation(_ bytes: Double?, _ ports: PortOperation?) -> Operation {
      guard let bytes else { return Operation(scaleUp: 0, scaleOut: 0) }
      let share = Self.remoteShare(cluster, alive)
      let packets = Self.packetBandwidth(cluster)
      return Operation(
        scaleUp: bytes * share.up / (ports?.scaleUpBandwidth ?? packets),
        scaleOut: bytes * share.out / (ports?.scaleOutBandwidth ?? packets),
        free: ports.map { max(0, $0.floor - $0.latency) } ?? 0)
    }
    let perExpert = prices.compute.map {
      $0.marginalCost(
        slots: (setting.header.experts + alive.count - 1) / alive.count,
        tokens: tokensPerStep * Double(setting.topK) / Double(setting.header.experts),
        tokensPerRank: tokensPerStep / Double(alive.count), isDecode: isDecode)
    }
    self.init(
      tokensPerStep: tokensPerStep, topK: setting.topK, scaleUpUnit: copies == .direct ? .visits : .copies,
      scaleOutUnit: copies == .dedup ? .copies : .visits,
      dispatch: operation(payload.dispatchBytes, .dispatch(of: cluster)),
      combine: operation(payload.combineBytes, .combine(of: cluster)), sources: Self.sources(sources, cluster),
      freeExperts: perExpert?.free ?? 0,
      overlap: cluster.overlap.fraction, derate: cluster.overlap.derate,
      computeDerate: cluster.overlap.computeSpeed
    ) { tokens, rate in perExpert?.time(tokens: tokens, rate: rate) ?? 0 }
  }

  /// With `dedup`, a node's relay of a local index sends on what all sources of that index send.
  private static func sources(_ spread: SourceSpread, _ cluster: Cluster) -> Sources {
    cluster.copies == .dedup
      ? Sources(scaleUpSender: spread.relay, scaleOutSender: spread.source, scaleOutReceiver: spread.relay)
      : Sources(scaleUpSender: spread.source, scaleOutSender: spread.source)
  }

  /// Of the copies that a rank takes in, those that its scale-up port and its NIC carry; sources are even. A NIC relays
  /// the copies to its node of a node's ranks, one by one of their local index.
  private static func remoteShare(_ cluster: Cluster, _ alive: AliveRanks) -> (up: Double, out: Double) {
    let (ranks, local, nodes) = (Double(alive.count), Double(alive.ranksPerNode), Double(alive.nodes))
    return cluster.copies == .dedup
      ? ((local - 1) / local, (nodes - 1) / nodes / local) : ((local - 1) / ranks, (ranks - local) / ranks)
  }

  /// Bytes per microsecond of a rank's links in a full mesh of packet links: its port is all of them.
  private static func packetBandwidth(_ cluster: Cluster) -> Double {
    Double(max(1, cluster.ranks - 1) * (cluster.roundRobin?.links ?? 1))
      * (cluster.roundRobin?.linkBandwidth ?? .infinity)
  }
}
