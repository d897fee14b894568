import Foundation
import Replay
import Testing

@Suite struct ImprovementIntervalTests {
  static func noisy(_ count: Int, from mean: Double, seed: Int) -> [Double] {
    (0..<count).map { mean + Double(($0 * $0 * 31 + $0 * seed) % 17) / 10 }
  }

  @Test func `is a point when every step improves alike`() throws {
    let before = (0..<20).map { 1 + Double($0 * 7 % 5) }
    let interval = try ImprovementInterval(after: before.map { $0 / 2 }, before: before)
    #expect(interval.range == 0.5...0.5 && interval.effectiveSteps == 20)
  }

  /// Independent blocks by hand: 10 steps of 1 and 3 in turn, whose blocks of two steps are all alike.
  @Test func `differences that blocks make good are left to the other estimates`() throws {
    let after = (0..<20).map { $0 % 2 == 0 ? 1.0 : 3.0 }
    let interval = try ImprovementInterval(after: after, before: Array(repeating: 4, count: 20))
    #expect(interval.gain == 0.5)
    #expect(interval.effectiveSteps == 20)
    #expect(interval.halfWidth < 0.12)
  }

  @Test(arguments: [60, 30, 20, 5])
  func `Student's t has a degree of freedom less than there are blocks`(lasting: Int) throws {
    let (after, before) = (Self.noisy(120, from: 8, seed: 3), Self.noisy(120, from: 10, seed: 5))
    func interval(_ confidence: Double) throws -> ImprovementInterval {
      try ImprovementInterval(after: after, before: before, lasting: lasting, confidence: confidence)
    }
    let blocks = try interval(0.95).blocks
    #expect((2...120 / lasting).contains(blocks))
    let student = StudentDistribution(degreesOfFreedom: Double(blocks - 1))
    let ratio = student.quantile(twoSided: 0.95) / student.quantile(twoSided: 0.5)
    #expect(abs(try interval(0.95).halfWidth / interval(0.5).halfWidth / ratio - 1) < 1e-9)
  }

  @Test func `what is paid once moves the interval and hardly widens it`() throws {
    let (after, before) = (Self.noisy(200, from: 8, seed: 3), Self.noisy(200, from: 10, seed: 5))
    let free = try ImprovementInterval(after: after, before: before)
    let paid = try ImprovementInterval(after: after, before: before, once: 100)
    #expect(abs(free.gain - paid.gain - 100 / before.reduce(0, +)) < 1e-12)
    #expect(abs(paid.halfWidth / free.halfWidth - 1) < 0.1)
    #expect(abs(paid.range.upperBound + paid.range.lowerBound - 2 * paid.gain) < 1e-12)
  }

  @Test func `passes through a recording tell no more than it does`() throws {
    let (after, before) = (Self.noisy(60, from: 8, seed: 3), Self.noisy(60, from: 10, seed: 5))
    func passes(_ values: [Double], _ count: Int) -> [Double] { (0..<count).flatMap { _ in values } }
    let once = try ImprovementInterval(after: after, before: before)
    let folded = try ImprovementInterval(after: passes(after, 8), before: passes(before, 8), recorded: 60)
    let taken = try ImprovementInterval(after: passes(after, 8), before: passes(before, 8))
    #expect(abs(folded.halfWidth / once.halfWidth - 1) < 1e-9 && folded.blocks == once.blocks)
    #expect(taken.halfWidth < 0.6 * once.halfWidth)
    // Steps that are left out at the start, as the first plan's are, do not matter.
    let later = try ImprovementInterval(
      after: Array(passes(after, 8).dropFirst(25)), before: Array(passes(before, 8).dropFirst(25)), recorded: 60)
    #expect(abs(later.halfWidth / once.halfWidth - 1) < 0.5)
  }

  @Test func `what lasts makes blocks as long`() throws {
    let (after, before) = (Self.noisy(200, from: 8, seed: 3), Self.noisy(200, from: 10, seed: 5))
    let interval = try ImprovementInterval(after: after, before: before, lasting: 40)
    #expect(interval.blockLength == 40 && interval.blocks == 5)
    #expect(throws: ImprovementInterval.Refusal.fewBlocks(steps: 200, lasting: 101)) {
      try ImprovementInterval(after: after, before: before, lasting: 101)
    }
  }

  @Test func `refuses what it cannot tell`() {
    func refusal(_ after: [Double], _ before: [Double]) -> ImprovementInterval.Refusal? {
      do throws(ImprovementInterval.Refusal) {
        _ = try ImprovementInterval(after: after, before: before)
        return nil
      } catch { return error }
    }
    #expect(refusal([], []) == .noBaseline)
    #expect(refusal([0, 0], [0, 0]) == .noBaseline)
    #expect(refusal(Self.noisy(9, from: 1, seed: 1), Self.noisy(9, from: 2, seed: 2)) == .fewSteps(9))
    let drifting = (0..<100).map { Double($0) }
    guard case .fewEffectiveSteps(let effective, of: 100) = refusal(drifting, Array(repeating: 50, count: 100)) else {
      Issue.record("a drift is no interval")
      return
    }
    #expect(effective < 10)
  }
}
