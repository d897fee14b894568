import Foundation
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

extension ReplayJob {
  /// A replay of a trace file, to be `run()`.
  ///
  /// - Parameters:
  ///   - path: a trace, or a folder of files that are one; not standard input, which can be read only once.
  ///   - model: when nil the one that the trace names, else the only one in `models/` that fits.
  ///   - policies: compared with the baseline.
  ///   - repeats: times that the trace is replayed, end to end.
  /// - Throws: `InputError`: a trace that is missing or none; a model that does not fit it; several models that do.
  public init(
    trace path: String, machine: Machine, model: ModelShape? = nil, baseline: BalancingPolicy = .static,
    policies: [BalancingPolicy], repeats: Int = 1, seed: UInt64 = 0,
    threads: Int = ProcessInfo.processInfo.activeProcessorCount
  ) throws {
    let trace = try SelectedTrace([path], threads: threads)
    let header = try trace.open(threads: 1, digesting: false).header
    self.init(
      setting: try ReplaySetting(header: header, machine: machine, model: model ?? ModelShape(fitting: header)),
      baseline: baseline, policies: policies, seed: seed, threads: threads, repeats: repeats,
      open: { try trace.open(threads: threads) })
  }
}
