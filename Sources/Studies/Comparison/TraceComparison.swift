import Diagnostics
import Inspection
import LoadBalancing
import Replay
import RoutingTrace

/// A trace held against another: their routing, and what both cost under the same policies on the same machine.
public struct TraceComparison: Sendable {
  public var routing: RoutingComparison
  public var machine: MachineComparison
  /// What the reader has to know of how the steps of either were chosen.
  public var notes: [String]

  /// Reads each trace once.
  ///
  /// - Parameters:
  ///   - trace: its steps from the first.
  ///   - reference: as well.
  ///   - baseline: what the policies are compared with, on each trace.
  ///   - setting: what a trace with this header is replayed on.
  /// - Throws: `InputError` (usage) for traces of different shapes; what `setting` and the replays throw.
  public init(
    of trace: any StepSource, with reference: any StepSource, baseline: BalancingPolicy, policies: [BalancingPolicy],
    threads: Int, setting: (TraceHeader) throws -> ReplaySetting
  ) throws {
    try RoutingComparison.checkShapes(trace.header, reference: reference.header)
    let counter = WorkProgress.begin("comparing", .replays, total: 2)
    defer { counter?.end() }
    let replayed = try [trace, reference].map { source in
      defer { counter?.advance() }
      let job = ReplayJob(
        setting: try setting(source.header), baseline: baseline, policies: policies, threads: threads)
      var statistics = TraceStatistics(source.header)
      let result = try job.run(on: WatchedSteps(source) { statistics.add($0) }).result
      return (result: result, statistics: statistics)
    }
    routing = try RoutingComparison(replayed[0].statistics, reference: replayed[1].statistics)
    machine = MachineComparison(trace: replayed[0].result, reference: replayed[1].result)
    notes = trace.notes + reference.notes
  }
}
