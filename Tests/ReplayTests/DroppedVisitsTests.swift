import LoadBalancing
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Steps with dropped visits are replayed as a trace that never had them.
@Suite struct DroppedVisitsTests {
  private static let whole = SmallTrace(topK: 2, steps: 12)

  /// The same with four places for a token, two of which are dropped.
  private static var padded: (header: TraceHeader, steps: [RoutingStep]) {
    var header = whole.header
    header.topK = 4
    let steps = whole.steps.map { original in
      var step = original
      step.hasDropped = true
      step.experts = stride(from: 0, to: original.experts.count, by: 2).flatMap { first -> [UInt16] in
        let (a, b, none) = (original.experts[first], original.experts[first + 1], RoutingStep.dropped)
        return [[a, none, b, none], [none, none, a, b], [a, b, none, none]][first / 2 % 3]
      }
      return step
    }
    return (header, steps)
  }

  private static func replay(
    _ header: TraceHeader, _ steps: [RoutingStep], ranks: Int, _ policies: [BalancingPolicy]
  ) throws -> ReplayResult {
    let setting = try ReplaySetting(
      header: header, cluster: Fixture.cluster(ranks: ranks, ranksPerNode: ranks / 2),
      model: Fixture.model(experts: header.experts, topK: header.topK ?? 1, layers: header.layers))
    func open() -> any StepSource { StoredSteps(header: header, steps: steps) }
    return try ReplayJob(setting: setting, policies: policies, threads: 2, open: open).run(on: open()).result
  }

  @Test(arguments: [4, 16], ["even", "nearest", "weighted", "waterfill", "optimal", "activated", "atom"])
  func `dropped visits are as if they had never been`(ranks: Int, dispatch: String) throws {
    let policies = [
      try Fixture.policy("p", dispatch: "{kind: \(dispatch)}"),
      try Fixture.policy("ahead", predictor: "{kind: oracle}", dispatch: "{kind: \(dispatch)}"),
    ]
    let (header, steps) = Self.padded
    let found = try Self.replay(header, steps, ranks: ranks, policies)
    let known = try Self.replay(Self.whole.header, Self.whole.steps, ranks: ranks, policies)
    for (found, known) in zip(found.policies, known.policies) {
      #expect(found.time == known.time)
      #expect(found.traffic == known.traffic)
      #expect(found.balancedness == known.balancedness)
      #expect(found.rebalances == known.rebalances)
    }
  }

  @Test func `dispatch sends no more once visits are dropped, and the baseline is told as it was`() throws {
    let (header, steps) = (Self.whole.header, Self.whole.steps)
    func recorded() -> any StepSource { StoredSteps(header: header, steps: steps) }
    let setting = try Fixture.setting(Self.whole)
    let before = try ReplayJob(setting: setting, policies: [], open: recorded).run().policies[0]
    for text in ["capacity:factor=1", "groups:groups=4,keep=1", "top-k:keep=1", "prune:experts=4,learn=1"] {
      let rewritten = try RouterSteps([RouterRecipe(text)], of: recorded())
      let job = ReplayJob(setting: setting, policies: [])
      let after = try job.run(on: rewritten).result.policies[0]
      #expect(try #require(after.traffic.copiesPerToken) < #require(before.traffic.copiesPerToken))
      let router = try job.routerResults(rewritten, recorded: recorded)[0]
      #expect(router.before?.total == before.time.total && (router.rewrites[0].droppedVisits) > 0)
      if text.hasPrefix("prune") {
        #expect(
          try router.removedExperts == 4
            && #require(after.memory.bytesPerRank) < #require(before.memory.bytesPerRank))
      }
    }
  }

  /// Half of the visits are gone, and with them half of the mean that a server would see.
  @Test(arguments: [4, 16])
  func `the hottest rank is held against the mean of all visits, too`(ranks: Int) throws {
    let (header, steps) = Self.padded
    let found = try Self.replay(header, steps, ranks: ranks, [Fixture.policy("p")])
    let known = try Self.replay(Self.whole.header, Self.whole.steps, ranks: ranks, [Fixture.policy("p")])
    for (found, known) in zip(found.policies, known.policies) {
      #expect(known.imbalance.peakToNominal == nil && found.imbalance.peakToAverage == known.imbalance.peakToAverage)
      #expect(try abs(#require(found.imbalance.peakToNominal) * 2 - #require(known.imbalance.peakToAverage)) < 1e-12)
    }
  }

  /// Four tokens with one of two experts, three with the first: with room for two each, one visit is dropped. What is
  /// left is 2 over 1.5, what was meant 2 over 2.
  @Test func `a visit of four is dropped`() throws {
    let header = TraceHeader(name: "four", content: .tokens, layerNumbers: [0], experts: 2, topK: 1)
    let steps = [RoutingStep(number: 0, tokens: 4, experts: [0, 0, 0, 1])]
    func replay(_ source: any StepSource) throws -> PolicyResult.Imbalance {
      let setting = try ReplaySetting(
        header: header, cluster: Fixture.cluster(ranks: 2, ranksPerNode: 2),
        model: Fixture.model(experts: 2, topK: 1, layers: 1))
      return try ReplayJob(setting: setting, policies: []).run(on: source).result.policies[0].imbalance
    }
    let recorded = StoredSteps(header: header, steps: steps)
    let before = try replay(recorded)
    #expect(before.peakToAverage == 1.5 && before.peakToNominal == nil)
    let after = try replay(
      RouterSteps([RouterRecipe("capacity:factor=1")], of: StoredSteps(header: header, steps: steps)))
    #expect(abs((after.peakToAverage ?? 0) - 4.0 / 3) < 1e-12 && after.peakToNominal == 1)
  }

  @Test func `a predictor of whole tokens refuses them`() throws {
    let (header, steps) = Self.padded
    let policy = try Fixture.policy("learned", predictor: "{kind: learned, given: previous-layer, steps: 4}")
    #expect { try Self.replay(header, steps, ranks: 4, [policy]) } throws: { "\($0)".contains("dropped") }
  }
}
