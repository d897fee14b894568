import ExpertReplay
import Replay
import TestTraces
import Testing

/// What a policy does up to a step does not move when the steps after it do.
@Suite struct CausalityTests {
  /// Those that need a file, or more of a machine than the fixture has.
  private static func shipped() throws -> [BalancingPolicy] {
    try PresetCatalog.policies.names.map { try BalancingPolicy(named: $0) }
      + ["harmoeny:worthwhileTokens=1", "llep:minimumTokens=1", "moonep", "ultraep"].map(BalancingPolicy.init(system:))
  }

  private func course(_ trace: SmallTrace, _ policy: BalancingPolicy) throws -> [Double] {
    let job = ReplayJob(
      setting: try Fixture.setting(trace), policies: [policy], threads: 2, open: { trace.source() })
    let courses = try ReplayPass([job], threads: 2, open: { trace.source() })
      .run(on: trace.source(), keepsCourses: true).courses
    return courses[0][0][1].time.totalPerStep
  }

  @Test func `shipped policies that are causal know nothing of what comes`() throws {
    let trace = SmallTrace(layers: 2, experts: 16, steps: 150, tokens: 24).withTokenIDs
    var (causal, exact, moved) = (0, 0, 0)
    for policy in try Self.shipped() {
      guard let before = try? course(trace, policy), before.count == 150 else { continue }
      let after = try course(trace.turned(step: 140), policy)
      if policy.isCausal {
        causal += 1
        exact += policy.planner.exact == nil ? 0 : 1
        #expect(before[..<140] == after[..<140], "\(policy.name)")
      } else if before[..<140] != after[..<140] {
        moved += 1
      }
    }
    #expect(causal >= 20)
    // As they come, and with copies that are worth fewer visits.
    #expect(exact == 8)
    // The yardsticks do: the test would see it.
    #expect(moved >= 1)
  }
}
