import LoadBalancing
import Replay
import RoutingTrace
import Studies
import TestTraces
import Testing

/// What the choice gains at other batches and skews, and what turns it.
@Suite struct TrialTests {
  @Test func `a batch's trial is a replay of merged steps, with as many tokens between plans`() throws {
    // Long enough for whole intervals of a quarter of the steps.
    let trace = SmallTrace(layers: 2, steps: 384, tokens: 400).prefix(192)
    let screening = try ScreenFixture.job(trace).run()
    let choice = try #require(screening.choice)
    let trial = try #require(screening.trials.first { $0.cause == .batch && $0.factor == 4 })
    #expect(trial.value == 1600)
    let (window, interval) = (max(1, choice.window / 4), max(1, choice.interval / 4))
    let policy = choice.policy.replacing("window=\(choice.window)", with: "window=\(window)")
      .replacing("steps=\(choice.interval)", with: "steps=\(interval)")
    let merged = MergedSteps(4, of: ScreenFixture.open(trace, StepSelection(steps: 96..<192)))
    let result = try ReplayJob(
      setting: Fixture.setting(trace), policies: [ScreenPolicy.named(policy)], threads: 2
    ).run(on: merged).result
    #expect(result.policies[1].steady?.total == trial.gain)
  }

  @Test func `more skew is worth more, and the fitted twin about as much as the recording`() throws {
    let screening = try ScreenFixture.job(ScreenFixture.steady).run()
    let skews = screening.trials.filter { $0.cause == .skew }
    #expect(skews.map(\.factor) == [0.5, 1, 2])
    #expect(zip(skews, skews.dropFirst()).allSatisfy { $0.value < $1.value && $0.gain < $1.gain })
    let steady = try #require(screening.choice?.steady)
    #expect(abs(skews[1].gain - steady.total) < 0.3 * steady.total, "\(skews[1].gain), \(steady.total)")
  }

  @Test func `flips are nearest first, and on the other side`() throws {
    for trace in [ScreenFixture.steady, ScreenFixture.skewed] {
      let screening = try ScreenFixture.job(trace).run()
      let distances = screening.flips.map { max($0.factor, 1 / $0.factor) }
      #expect(distances == distances.sorted())
      let gain = try #require(screening.choice?.steady).total
      let isFor = screening.verdict == .recommend || screening.verdict == .notEnoughEvidence && gain >= 0.01
      let threshold = isFor ? 0 : 0.01
      for flip in screening.flips where [.batch, .skew].contains(flip.cause) {
        #expect((flip.gain > threshold) != (gain > threshold))
      }
      for flip in screening.flips where [.links, .memoryBandwidth].contains(flip.cause) {
        #expect(abs(flip.gain - threshold) < 1e-9)
      }
    }
  }

  @Test func `vllm-ascend's rule stands beside what its plans come to`() throws {
    let trace = ScreenFixture.steady
    let ascend = try #require(try ScreenFixture.job(trace, asksAscend: true).run().ascend)
    #expect(ascend.window == 16 && ascend.policy == "greedy:window=16,steps=16")
    let result = try ReplayJob(
      setting: Fixture.setting(trace), policies: [ScreenPolicy.named(ascend.policy)], threads: 2
    ).run(on: trace.source()).result
    #expect(ascend.gain == result.policies[1].improvement.total && ascend.gain > 0)
    #expect(ascend.layers.map(\.layer) == [0, 1])
    for layer in ascend.layers {
      #expect(layer.verdict == .recommendTrial && layer.windows == 6 && layer.pairs == 5 && layer.gain > 0)
    }
    #expect(try ScreenFixture.job(trace).run().ascend == nil)
  }
}
