import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import Synchronization

/// How much communication time a policy saves as the links get faster, scale-up and scale-out each.
///
/// Each policy is replayed once, on the cluster's own links, both over one reading of the trace; the copies over the
/// busiest ports of every layer and step are then priced at every pair of bandwidths, with the cluster's latencies.
/// Migration is not priced.
public struct BandwidthSweep {
  private let setting: ReplaySetting
  private let open: (() throws -> any StepSource)?
  private let seed: UInt64
  private let threads: Int

  /// - Parameter open: opens the steps from the first, for policies that look ahead; nil when that cannot be.
  /// - Throws: `InputError` (usage) when the cluster has no ports, or another model than `port`.
  public init(setting: ReplaySetting, seed: UInt64, threads: Int, open: (() throws -> any StepSource)?) throws {
    guard setting.cluster.scaleUp != nil else {
      throw InputError("no scaleUp whose bandwidth could change", in: setting.cluster.name, status: .usage)
    }
    guard setting.cluster.allToAll == "port" else {
      throw InputError(
        "priced by '\(setting.cluster.allToAll)'; a sweep of bandwidths is of the port model",
        in: setting.cluster.name, status: .usage)
    }
    self.setting = setting
    self.open = open
    self.seed = seed
    self.threads = threads
  }

  /// - Parameters:
  ///   - source: the steps to replay, from the first.
  ///   - scaleUp: bytes per microsecond.
  ///   - scaleOut: bytes per microsecond; ignored when the group sits on one node.
  public func run(
    on source: any StepSource, baseline: BalancingPolicy, policy: BalancingPolicy, scaleUp: [Double], scaleOut: [Double]
  ) throws -> SweepResult {
    let recorders = [baseline, policy].map { (policy: $0, recorder: PortLoadRecorder(copies: setting.cluster.copies)) }
    let jobs = recorders.map { policy, recorder in
      ReplayJob(setting: setting.priced(by: recorder), baseline: policy, policies: [], seed: seed, threads: threads)
    }
    let results = try ReplayPass(jobs, threads: threads, open: open).run(on: source).results
    let (before, after) = (recorders[0].recorder.sortedLoads(), recorders[1].recorder.sortedLoads())
    let scaleOut = setting.cluster.nodes > 1 ? scaleOut : []
    let improvement = try scaleUp.map { up in
      try (scaleOut.isEmpty ? [nil] : scaleOut.map(Optional.some)).map { out in
        let model = try PortModel(cluster: cluster(scaleUp: up, scaleOut: out))
        return 1 - time(after, model) / time(before, model)
      }
    }
    return SweepResult(
      trace: setting.header.name, cluster: setting.cluster.name, ranks: setting.cluster.ranks,
      baseline: baseline.name, policy: policy.name, scaleUp: scaleUp.map { $0 / 1e3 },
      scaleOut: scaleOut.map { $0 / 1e3 }, improvement: improvement,
      notes: results.reduce(into: []) { notes, result in
        notes += result[0].notes.filter { !notes.contains($0) }
      })
  }

  /// `count` bandwidths at equal ratios.
  public static func bandwidths(from low: Double, to high: Double, count: Int) -> [Double] {
    (0..<count).map { low * pow(high / low, Double($0) / Double(max(1, count - 1))) }
  }

  private func cluster(scaleUp: Double, scaleOut: Double?) -> Cluster {
    var cluster = setting.cluster
    cluster.scaleUp?.dispatchBandwidth = scaleUp
    cluster.scaleUp?.combineBandwidth = scaleUp
    if let scaleOut {
      cluster.scaleOut?.dispatchBandwidth = scaleOut
      cluster.scaleOut?.combineBandwidth = scaleOut
    }
    return cluster
  }

  private func time(_ loads: [PortCopies], _ model: PortModel) -> Double {
    loads.reduce(0) { sum, load in
      let cost = model.price(load, payload: setting.payload)
      return sum + cost.dispatch + cost.combine
    }
  }
}

/// 1 − communication time / the baseline's, by the bandwidths of the links.
public struct SweepResult: Codable, Equatable, Sendable {
  public let trace: String
  public let cluster: String
  public let ranks: Int
  public let baseline: String
  public let policy: String
  /// GB/s, one way, per rank.
  public let scaleUp: [Double]
  /// GB/s, one way, per rank; empty when the group sits on one node.
  public let scaleOut: [Double]
  /// `[scaleUp][scaleOut]`, one column when the group sits on one node.
  public let improvement: [[Double]]
  /// What the reader has to know to judge the figures.
  public let notes: [String]
}

/// Prices nothing and remembers what the busiest ports would have carried.
private final class PortLoadRecorder: AllToAllModel {
  private let copies: Copies
  private let loads = Mutex<[PortCopies]>([])

  init(copies: Copies) { self.copies = copies }

  func price(_ traffic: Traffic, payload: Payload) -> AllToAllCost {
    let load = traffic.portCopies(copies)
    loads.withLock { $0.append(load) }
    return AllToAllCost()
  }

  /// Copies over the busiest ports, layer by layer, in an order that does not depend on the threads.
  func sortedLoads() -> [PortCopies] {
    loads.withLock { loads in
      loads.sorted { ($0.maximumScaleOut, $0.maximumScaleUp) < ($1.maximumScaleOut, $1.maximumScaleUp) }
    }
  }
}
