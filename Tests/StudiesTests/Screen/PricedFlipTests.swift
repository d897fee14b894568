import LoadBalancing
import PerformanceModel
import Replay
import Studies
import TestTraces
import Testing

/// What other prices make of a gain is what a replay at these prices finds, where plans do not wait for links and moves are
/// over.
@Suite struct PricedFlipTests {
  private static let trace = ScreenFixture.steady
  private static let schedule = "{kind: once, at: 8, migration: blocking}"

  private static func policy() throws -> BalancingPolicy {
    try Fixture.policy("eplb", schedule: schedule)
  }

  private static func series(_ setting: ReplaySetting) throws -> (SteadySeries, gain: Double) {
    let job = ReplayJob(setting: setting, policies: [try policy()], threads: 2)
    let pass = try ReplayPass([job], threads: 2, open: nil).run(on: trace.source(), keepsCourses: true)
    let courses = pass.courses[0][0]
    return (
      try #require(SteadySeries(courses[1], over: courses[0])),
      try #require(pass.results[0][0].policies[1].steady).total
    )
  }

  @Test(arguments: [0.25, 0.5, 1, 3]) func `links of another speed`(factor: Double) throws {
    let setting = try Fixture.setting(Self.trace)
    let flip = PricedFlip(try Self.series(setting).0, threshold: 0)
    let out = try #require(setting.cluster.scaleOut).dispatchBandwidth
    let up = try #require(setting.cluster.scaleUp).dispatchBandwidth
    let linked = try setting.linked(scaleUp: up * factor, scaleOut: out * factor)
    let gain = try Self.series(linked).gain
    #expect(abs(flip.gain(\.onLinks, timesFaster: factor) - gain) < 1e-9)
  }

  @Test(arguments: [0.02, 0.05, -0.3]) func `the factor is where the gain is the threshold`(threshold: Double) throws {
    let (series, gain) = try Self.series(Fixture.setting(Self.trace))
    let flip = PricedFlip(series, threshold: threshold)
    for part in [\PricedSteps.onLinks, \.onMemory] {
      guard let factor = flip.factor({ $0[keyPath: part] }) else { continue }
      #expect(factor > 0 && factor != 1)
      let there = flip.gain({ $0[keyPath: part] }, timesFaster: factor)
      #expect(abs(there - threshold) < 1e-9, "\(factor) of \(gain)")
    }
    #expect(flip.gain(\.onLinks, timesFaster: 1) == gain || abs(flip.gain(\.onLinks, timesFaster: 1) - gain) < 1e-12)
  }

  @Test func `what does not scale turns nothing`() throws {
    let flip = PricedFlip(try Self.series(Fixture.setting(Self.trace)).0, threshold: 0)
    #expect(flip.factor { _ in 0 } == nil)
  }
}
