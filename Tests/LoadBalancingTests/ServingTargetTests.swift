import LoadBalancing
import TestTraces
import Testing

/// What serving systems can express.
@Suite struct ServingTargetTests {
  private static func policy(_ planner: String, dispatch: String = "even") throws -> BalancingPolicy {
    try Fixture.policy("p", planner: planner, dispatch: "{kind: \(dispatch)}")
  }

  @Test(
    arguments: [
      ("any", "{kind: fractional, redundantSlotsPerRank: 1}", "weighted", nil),
      ("sglang", "{kind: fractional, redundantSlotsPerRank: 1}", "weighted", "evenly"),
      ("sglang", "{kind: eplb, redundantSlotsPerRank: 1}", "waterfill", "evenly"),
      ("sglang", "{kind: eplb, redundantSlotsPerRank: 1}", "even", nil),
      ("tensorrt-llm", "{kind: eplb, redundantSlotsPerRank: 1, budget: per-layer}", "even", "as many slots"),
      ("vllm-ascend", "{kind: eplb, redundantSlotsPerRank: 1}", "even", "no expert twice"),
      ("vllm-ascend", "{kind: eplb, redundantSlotsPerRank: 0}", "even", nil),
      ("vllm-ascend", "{kind: fractional, redundantSlotsPerRank: 1}", "even", nil),
      ("vllm-ascend", "{kind: greedy}", "even", nil),
    ] as [(String, String, String, String?)])
  func `a policy that a system cannot serve is objected to`(
    target: String, planner: String, dispatch: String, reason: String?
  ) throws {
    let target = try ServingTarget.registry.named(target)
    let objection = target.objection(to: try Self.policy(planner, dispatch: dispatch), experts: 16, ranks: 4)
    #expect((objection == nil) == (reason == nil) && (reason.map { objection?.contains($0) == true } ?? true))
  }

  @Test func `where experts do not divide, what is left over may double`() throws {
    let target = try ServingTarget.registry.named("vllm-ascend")
    #expect(target.objection(to: try Self.policy("{kind: greedy}"), experts: 14, ranks: 4) != nil)
  }
}
