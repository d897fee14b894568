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

  @Test func `a predictor of whole tokens refuses them`() throws {
    let (header, steps) = Self.padded
    let policy = try Fixture.policy("learned", predictor: "{kind: learned, given: previous-layer, steps: 4}")
    #expect { try Self.replay(header, steps, ranks: 4, [policy]) } throws: { "\($0)".contains("dropped") }
  }
}
