import Diagnostics
import LoadBalancing
import PerformanceModel

/// What fetching a layer's weights takes on a machine, by an exact planner's way of getting them.
struct FetchPrice: Sendable {
  let charge: LayerCharge
  private let migration: Migration
  /// Bytes per microsecond from the host's memory into each rank; nil where ranks send to each other.
  private let hostBandwidth: Double?
  private let ranks: Int
  private let expertBytes: Double
  private let visitTime: Double?

  /// - Throws: `InputError` (usage) when the cluster has no links to fetch over.
  init(_ planner: some ExactPlanner, charge: LayerCharge, on setting: ReplaySetting) throws(InputError) {
    self.charge = charge
    migration = try Migration(cluster: setting.cluster)
    hostBandwidth = if case .fromHost(let bandwidth) = planner.fetching { bandwidth } else { nil }
    ranks = setting.cluster.ranks
    expertBytes = setting.model.expertBytes
    visitTime = setting.compute?.visitTime
  }

  /// Microseconds: the links' latency and the busiest port, or the busiest rank's copies from its host's memory.
  ///
  /// - Parameter alive: the ranks that the layer is of.
  func time(of layer: ExactLayer, on alive: AliveRanks) -> Double {
    if let hostBandwidth { return Double(layer.mostArrivals) * expertBytes / hostBandwidth }
    return migration.time(bytes: alive.ranks(of: layer.fetches).matrix(ranks: ranks).map { $0 * expertBytes })
  }

  /// Visits whose arithmetic takes as long as one expert's bytes: expert bytes / bandwidth / time of a visit; nil when the
  /// cluster does not describe its GPUs.
  func breakEvenVisits(acrossNodes: Bool) -> Double? {
    visitTime.map { expertBytes / (hostBandwidth ?? migration.bandwidth(acrossNodes: acrossNodes)) / $0 }
  }
}
