import LoadBalancing
import Studies
import TestTraces
import Testing

@Suite struct BandwidthSweepTests {
  static func sweep(
    ranksPerNode: Int, threads: Int = 2, isReadableAgain: Bool = true, policy: BalancingPolicy? = nil
  ) throws -> SweepResult {
    let trace = SmallTrace()
    let setting = try Fixture.setting(trace, ranks: 4, ranksPerNode: ranksPerNode)
    let sweep = try BandwidthSweep(
      setting: setting, seed: 0, threads: threads, open: isReadableAgain ? { trace.source() } : nil)
    return try sweep.run(
      on: trace.source(), baseline: .static, policy: policy ?? Fixture.policy("eplb"), scaleUp: [1e4, 2e5, 9e5],
      scaleOut: [1e3, 5e4])
  }

  @Test("At the cluster's own bandwidths the sweep finds what the replay finds")
  func equalsReplay() throws {
    let found = try Self.sweep(ranksPerNode: 2)
    let replayed = try Fixture.replay(SmallTrace(), [Fixture.policy("eplb")])
    #expect(found.improvement.map(\.count) == [2, 2, 2])
    #expect(found.improvement[1][1] == replayed.policies[1].improvement.total)
    #expect(found.communication[1][1] == replayed.policies[1].improvement.comm)
    #expect(found.improvement[0] != found.improvement[1])
    #expect(found.scaleUp == [10, 200, 900])
  }

  @Test("On one node there is nothing to sweep between nodes")
  func oneNode() throws {
    let found = try Self.sweep(ranksPerNode: 4)
    #expect(found.scaleOut.isEmpty)
    #expect(found.improvement.map(\.count) == [1, 1, 1])
  }

  @Test("The result does not depend on the threads, nor on whether the trace can be read again")
  func threads() throws {
    let found = try Self.sweep(ranksPerNode: 2, threads: 1)
    #expect(try found == Self.sweep(ranksPerNode: 2, threads: 4))
    #expect(try found == Self.sweep(ranksPerNode: 2, isReadableAgain: false))
  }

  @Test("Moves count: what arrives too late over slow links gains nothing")
  func arrival() throws {
    let overlapped = try Fixture.policy("eplb", schedule: "{kind: once, at: 12, migration: overlapped}")
    let found = try Self.sweep(ranksPerNode: 2, policy: overlapped)
    let never = try Self.sweep(ranksPerNode: 2, policy: Fixture.policy("eplb", schedule: "{kind: never}"))
    #expect(found.improvement[0][0] == never.improvement[0][0])
    #expect(found.improvement[2][1] != never.improvement[2][1])
    #expect(found.notes.contains { $0.contains("Policy eplb: the first plan served in 0 of 3 layers") })
  }

  @Test("Bandwidths rise at equal ratios from the lowest to the highest")
  func bandwidths() {
    let found = BandwidthSweep.bandwidths(from: 1, to: 16, count: 5)
    #expect(zip(found, [1.0, 2, 4, 8, 16]).allSatisfy { abs($0 - $1) < 1e-12 })
  }
}
