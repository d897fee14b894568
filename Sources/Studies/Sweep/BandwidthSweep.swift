import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// How much time a policy saves as the links get faster, scale-up and scale-out each.
///
/// Every pair of bandwidths is a replay of its own, with the cluster's latencies: where moves wait for links to be idle, so
/// does what is in force when. Replays of one scale-up bandwidth share a reading of the trace.
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
    let scaleOut = setting.cluster.nodes > 1 ? scaleOut : []
    let settings = try scaleUp.map { up in
      try (scaleOut.isEmpty ? [nil] : scaleOut.map(Optional.some)).map { out in
        try setting.linked(scaleUp: up, scaleOut: out)
      }
    }
    // What can be read once is read once, however much has to be kept of all pairs at a time.
    let rows = open == nil ? [Array(settings.joined())] : settings
    let counter = WorkProgress.begin("sweeping", .rows, total: rows.count)
    defer { counter?.end() }
    var results: [ReplayResult] = []
    for (index, row) in rows.enumerated() {
      let job = ReplayJob(on: row, baseline: baseline, policies: [policy], seed: seed, threads: threads)
      let steps = try index > 0 ? open?() ?? source : source
      results += try ReplayPass([job], threads: threads, open: open).run(on: steps).results[0]
      counter?.advance()
    }
    func grid(_ value: (PolicyResult.Improvement) -> Double) -> [[Double]] {
      let width = max(1, scaleOut.count)
      let values = results.map { value($0.policies[1].improvement) }
      return scaleUp.indices.map { Array(values[$0 * width..<($0 + 1) * width]) }
    }
    return SweepResult(
      trace: setting.header.name, cluster: setting.cluster.name, ranks: setting.cluster.ranks,
      baseline: baseline.name, policy: policy.name, scaleUp: scaleUp.map { $0 / 1e3 },
      scaleOut: scaleOut.map { $0 / 1e3 }, improvement: grid(\.total), communication: grid(\.comm),
      notes: Self.notes(of: results))
  }

  /// Each once, in the order of pairs; what only some pairs have says for how many.
  private static func notes(of results: [ReplayResult]) -> [String] {
    var notes: [(text: String, pairs: Int)] = []
    for text in results.flatMap(\.notes) {
      if let known = notes.firstIndex(where: { $0.text == text }) {
        notes[known].pairs += 1
      } else {
        notes.append((text, 1))
      }
    }
    return notes.map { $0.pairs == results.count ? $0.text : "At \($0.pairs) of \(results.count) pairs: \($0.text)" }
  }

  /// `count` bandwidths at equal ratios.
  public static func bandwidths(from low: Double, to high: Double, count: Int) -> [Double] {
    (0..<count).map { low * pow(high / low, Double($0) / Double(max(1, count - 1))) }
  }
}

/// 1 − time / the baseline's, by the bandwidths of the links.
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
  /// `[scaleUp][scaleOut]` of total time, one column when the group sits on one node.
  public let improvement: [[Double]]
  /// The same of communication.
  public let communication: [[Double]]
  /// What the reader has to know to judge the figures.
  public let notes: [String]
}
