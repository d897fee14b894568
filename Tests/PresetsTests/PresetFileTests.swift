import ExpertReplay
import Presets
import TestTraces
import Testing

/// What a word with a colon stands for.
@Suite struct PresetFileTests {
  private static let policy = """
    name: mine
    predictor: {kind: moving-average, window: 4}
    planner: {kind: eplb, redundantSlots: 0}
    schedule: {kind: every, steps: 4}
    dispatch: {kind: even}
    """

  @Test func `a file is its name, though that has a colon, and what follows a colon else changes it`() throws {
    let folder = try TemporaryFolder()
    let plain = try folder.write(Self.policy, to: "mine.yaml")
    let colon = try folder.write(Self.policy, to: "of 10:30, window=2.yaml")
    #expect(try BalancingPolicy(named: plain).name == "mine")
    #expect(try BalancingPolicy(named: colon).name == "mine")
    #expect(try BalancingPolicy(named: "\(plain):window=2").name == "mine:window=2")
    #expect(try BalancingPolicy(named: "\(plain):window=2").predictor?.window == 2)
  }
}
