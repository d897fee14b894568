import LoadBalancing
import Replay

extension Fixture {
  /// The result of a small trace under `static` and the policies.
  package static func replay(
    _ trace: SmallTrace, _ policies: [BalancingPolicy], threads: Int = 2, setting: ReplaySetting? = nil
  ) throws -> ReplayResult {
    let job = ReplayJob(
      setting: try setting ?? Fixture.setting(trace), baseline: .static, policies: policies, seed: 0,
      threads: threads, open: { trace.source() })
    return try job.run(on: trace.source()).result
  }
}
