import Randomness
import Replay
import Testing

@Suite struct BlockBootstrapTests {
  @Test func coversTheTrueImprovementAboutAsOftenAsItSays() throws {
    var generator = SeededGenerator(seed: 9)
    var covered = 0
    for trial in 0..<300 {
      // Independent steps: the policy takes 0.7 of the baseline's mean.
      let before = (0..<64).map { _ in 1 + generator.unit() }
      let after = (0..<64).map { _ in 0.7 * (1 + generator.unit()) }
      let interval = try #require(BlockBootstrap(seed: UInt64(trial)).interval(after: after, before: before))
      if interval.contains(0.3) { covered += 1 }
    }
    #expect((258...297).contains(covered))
  }

  @Test func isAPointWhenEveryStepImprovesAlike() throws {
    let before = (0..<20).map { 1 + Double($0) }
    let interval = try #require(BlockBootstrap(seed: 1).interval(after: before.map { $0 / 2 }, before: before))
    #expect(abs(interval.lowerBound - 0.5) < 1e-12 && abs(interval.upperBound - 0.5) < 1e-12)
  }

  @Test func sameSeedSameInterval() {
    let before = (0..<30).map { Double(($0 * 7) % 11 + 1) }
    let after = (0..<30).map { Double(($0 * 5) % 7 + 1) }
    let first = BlockBootstrap(seed: 3).interval(after: after, before: before)
    #expect(first == BlockBootstrap(seed: 3).interval(after: after, before: before))
    #expect(first != BlockBootstrap(seed: 4).interval(after: after, before: before))
  }

  @Test func isAbsentForLessThanTwoSteps() {
    #expect(BlockBootstrap(seed: 1).interval(after: [1], before: [2]) == nil)
    #expect(BlockBootstrap(seed: 1).interval(after: [0, 0], before: [0, 0]) == nil)
  }
}
