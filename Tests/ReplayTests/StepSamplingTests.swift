import Diagnostics
import Replay
import TestTraces
import Testing

@Suite struct StepSamplingTests {
  static let trace = SmallTrace(steps: 12)

  static func replay(oneStepIn interval: Int?, threads: Int = 2) throws -> ReplayResult {
    var setting = try Fixture.setting(trace, extra: "fairShare: {topology: ports}")
    setting = try ReplaySetting(
      header: trace.header, cluster: setting.cluster, model: setting.model, allToAll: "fair-share")
    if let interval { setting = try setting.sampled(oneStepIn: interval) }
    let job = ReplayJob(
      setting: setting, baseline: .static, policies: [try Fixture.policy("eplb")], seed: 0, threads: threads)
    return try job.run(on: trace.source()).result
  }

  @Test("Sampling every step changes nothing")
  func everyStep() throws {
    #expect(try Self.replay(oneStepIn: 1) == Self.replay(oneStepIn: nil))
  }

  @Test("Loads, bytes, moves and bounds are exact in all steps; times come close", arguments: [2, 100])
  func sampled(interval: Int) throws {
    let exact = try Self.replay(oneStepIn: nil)
    let found = try Self.replay(oneStepIn: interval)
    for (sampled, full) in zip(found.policies, exact.policies) {
      #expect(sampled.traffic == full.traffic)
      #expect(sampled.balancedness == full.balancedness)
      #expect(sampled.rebalances == full.rebalances)
      #expect(abs(sampled.commBound.time / full.commBound.time - 1) < 1e-12)
      #expect(sampled.time.experts == full.time.experts)
      #expect(abs(sampled.time.comm / full.time.comm - 1) < 0.05)
      #expect(sampled.time.comm >= sampled.commBound.time)
    }
    #expect(found.policies.map(\.time.comm) != exact.policies.map(\.time.comm))
    #expect(found.notes.contains { $0.hasPrefix("One step in \(interval) is priced by 'fair-share'") })
  }

  @Test("Threads do not show")
  func threads() throws {
    #expect(try Self.replay(oneStepIn: 3, threads: 1) == Self.replay(oneStepIn: 3, threads: 4))
  }

  @Test("A model that prices every step at no cost is not sampled, nor is one step in none")
  func refuses() throws {
    let setting = try Fixture.setting(Self.trace)
    let error = #expect(throws: InputError.self) { try setting.sampled(oneStepIn: 2) }
    #expect(error?.status == .usage)
    let fluid = try ReplaySetting(
      header: Self.trace.header,
      cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2, extra: "fairShare: {topology: ports}"),
      model: setting.model, allToAll: "fair-share")
    #expect(throws: InputError.self) { try fluid.sampled(oneStepIn: 0) }
  }
}
