import LoadBalancing
import Replay
import TestTraces
import Testing

/// What copies in every node of the hottest experts leave to the links between nodes: 16 experts on two nodes of four
/// ranks.
@Suite struct CliqueReplayTests {
  /// Dispatched bytes between nodes, with so many redundant slots on each rank planned before the first step.
  private static func bytes(_ redundant: Int, _ trace: SmallTrace) throws -> Double {
    let clique = try Fixture.policy(
      "clique", predictor: "{kind: oracle}", planner: "{kind: clique, redundantSlotsPerRank: \(redundant)}",
      schedule: "{kind: initial}", dispatch: "{kind: nearest}")
    let setting = try Fixture.setting(trace, ranks: 8, ranksPerNode: 4)
    return try ReplayJob(setting: setting, policies: [clique], threads: 1, open: trace.source).run(on: trace.source())
      .result.policies[1].traffic.scaleOutBytes
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func `the more experts are in all nodes the less leaves them, and nothing when all are`(seed: UInt64) throws {
    let trace = SmallTrace(layers: 2, tokens: 64, seed: seed)
    let bytes = try (0...2).map { try Self.bytes($0, trace) }
    #expect(bytes[0] > bytes[1] && bytes[1] > 0 && bytes[2] == 0)
  }
}
