import LoadBalancing
import PerformanceModel
import Replay
import TestTraces
import Testing

/// What running communication beside computation comes to in a replay's result.
@Suite struct OverlapGainTests {
  private static func replay(_ overlap: String) throws -> (result: ReplayResult, policies: [PolicyResult]) {
    let trace = SmallTrace()
    let policy = try Fixture.policy("p", schedule: "{kind: every, steps: 4}")
    let result = try Fixture.replay(
      trace, [policy], setting: Fixture.setting(trace, extra: "overlap: \(overlap)"))
    return (result, result.policies)
  }

  private static func isOfLosses(_ note: String) -> Bool { note.hasPrefix("Overlapping costs time") }

  @Test(
    arguments: [
      ("{fraction: 1, derate: 0.8, computeDerate: 0.85}", false),
      ("{fraction: 0.5, derate: 1, computeDerate: 1}", false),
      ("{fraction: 1, derate: 0.4, computeDerate: 0.5}", true),
      ("{fraction: 0, derate: 0.4, computeDerate: 0.5}", false),
    ])
  func `it is what the total is shorter by`(overlap: String, loses: Bool) throws {
    let (result, policies) = try Self.replay(overlap)
    let apart = try Self.replay("none").policies
    for (policy, apart) in zip(policies, apart) {
      let gain = try #require(policy.overlap?.gain)
      #expect(policy.time.moeUpper == apart.time.moeUpper)
      let layers = policy.time.total - (policy.time.migration ?? 0)
      #expect(abs(gain - (1 - layers / policy.time.moeUpper)) < 1e-12)
      #expect((gain < 0) == loses && gain < 1)
    }
    #expect(result.notes.contains(where: Self.isOfLosses) == loses)
  }

  @Test func `where nothing is said of computation, results are as ever`() throws {
    for overlap in ["none", "full", "{fraction: 0.7, derate: 0.3}"] {
      let (result, policies) = try Self.replay(overlap)
      #expect(policies.allSatisfy { $0.overlap == nil } && !result.notes.contains(where: Self.isOfLosses))
    }
    let stated = try Self.replay("{fraction: 0.7, derate: 0.3, computeDerate: 1}")
    let silent = try Self.replay("{fraction: 0.7, derate: 0.3}")
    for (stated, silent) in zip(stated.policies, silent.policies) {
      var same = stated
      same.overlap = nil
      #expect(same == silent)
    }
  }
}
