import Diagnostics
import LoadBalancing
import TestTraces
import Testing

/// What serving systems can express, and what is planned for them.
@Suite struct ServingTargetTests {
  private static func policy(_ planner: String, dispatch: String = "even") throws -> BalancingPolicy {
    try Fixture.policy("p", planner: planner, dispatch: "{kind: \(dispatch)}")
  }

  @Test(
    arguments: [
      ("any", "{kind: fractional, redundantSlotsPerRank: 1}", "waterfill", nil),
      ("sglang", "{kind: fractional, redundantSlotsPerRank: 1}", "waterfill", "evenly"),
      ("sglang", "{kind: fractional, redundantSlotsPerRank: 1}", "weighted", nil),
      ("sglang", "{kind: eplb, redundantSlotsPerRank: 1}", "optimal", "evenly"),
      ("vllm-ascend", "{kind: eplb, redundantSlotsPerRank: 1}", "even", nil),
      ("tensorrt-llm", "{kind: eplb, redundantSlotsPerRank: 1, budget: per-layer}", "even", "as many slots"),
    ] as [(String, String, String, String?)])
  func `a policy that a system cannot serve is objected to`(
    target: String, planner: String, dispatch: String, reason: String?
  ) throws {
    let target = try ServingTarget.registry.named(target)
    let objection = target.objection(to: try Self.policy(planner, dispatch: dispatch))
    #expect((objection == nil) == (reason == nil) && (reason.map { objection?.contains($0) == true } ?? true))
  }

  @Test func `a policy file names its target`() throws {
    let text = "name: p\nplanner: {kind: static}\nschedule: {kind: never}\ndispatch: {kind: even}\ntarget: "
    let policy = try BalancingPolicy(settings: Settings(parsing: text + "vllm-ascend", name: "p.yaml"))
    #expect(policy.target.name == "vllm-ascend" && !policy.target.allowsDuplicates)
    #expect {
      try BalancingPolicy(settings: Settings(parsing: text + "vllm-ascent", name: "p.yaml"))
    } throws: {
      "\($0)" == "p.yaml: line 5: target: unknown 'vllm-ascent'; did you mean 'vllm-ascend'?"
    }
  }

  @Test func `a budget for each layer is refused where layers have equal slots`() throws {
    let policy = try Self.policy("{kind: eplb, redundantSlotsPerRank: 1, budget: per-layer}")
    #expect {
      try policy.serving(ServingTarget.registry.named("sglang"))
    } throws: {
      "\($0)" == "policy p: planner: budget: per-layer, but sglang has as many slots in every layer"
    }
  }

  @Test func `every format has a target that loads it, and the rule of every target is registered`() throws {
    for format in PlanFormats.registry.names { _ = try ServingTarget.loading(format) }
    for target in ServingTarget.registry.entries {
      #expect(DispatchRules.registry.names.contains(target.item.replicaRule))
      #expect(target.item.formats.allSatisfy { PlanFormats.registry.names.contains($0) })
      #expect(target.name == target.item.name)
    }
    #expect(try ServingTarget.loading("json") == .any && ServingTarget.loading("deepseek-eplb").name == "even")
  }
}
