import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Policies that share counts find what each finds alone, to the bit.
@Suite struct ReplayGroupTests {
  /// A rule that tells how many layers it was asked for, and takes the first or the last replica.
  private struct Probe: ReplicaDispatch {
    let asked: Guarded<Int>
    var takesLast = false
    var isOneOfAKind = true
    var dependsOnSource: Bool { false }

    mutating func assign(
      experts: Span<UInt16>, sources: Span<UInt32>, in context: DispatchContext, into slots: inout MutableSpan<UInt16>
    ) {
      asked.withLock { $0 += 1 }
      for visit in experts.indices {
        let replicas = context.placement.slots(ofExpert: Int(experts[visit]))
        slots[visit] = UInt16((takesLast ? replicas.last : replicas.first) ?? 0)
      }
    }

    func expectedShares(load: [Double], source: Int, in context: DispatchContext) -> [Double] {
      context.placement.physicalToLogical.map { 1 / Double(context.placement.slots(ofExpert: $0).count) }
    }
  }

  private static func policies() throws -> [BalancingPolicy] {
    let every = "{kind: every, steps: 4, migration: overlapped}"
    let split = "{kind: fractional, redundantSlotsPerRank: 1}"
    return [
      try Fixture.policy("a"), try Fixture.policy("twin of a"),
      try Fixture.policy("later", schedule: "{kind: every, steps: 4, from: 8}"),
      try Fixture.policy("overlapped", schedule: every),
      try Fixture.policy("slow", schedule: "{kind: every, steps: 4, planSteps: 6}"),
      try Fixture.policy("packed", planner: "{kind: greedy}", schedule: "{kind: once, at: 6}"),
      try Fixture.policy("weighted", planner: split, dispatch: "{kind: weighted}"),
      try Fixture.policy("weighted later", planner: split, schedule: every, dispatch: "{kind: weighted}"),
      try Fixture.policy("nearest", dispatch: "{kind: nearest}"),
      try Fixture.policy("sglang", dispatch: "{kind: sglang-static, seed: 1}"),
      try Fixture.policy("other sglang", dispatch: "{kind: sglang-static, seed: 2}"),
      try Fixture.policy("stale", dispatch: "{kind: lp, from: last}"),
    ]
  }

  @Test("In company every policy comes to what it comes to alone", arguments: [false, true])
  func company(changes: Bool) throws {
    for trace in [SmallTrace(steps: 20), SmallTrace(steps: 20).counted] {
      let setting = try Fixture.setting(
        trace,
        extra: changes
          ? "storage: {host: {bandwidth: 55 GB/s, latency: 10 us}}\nchanges: [\"7 leave 3\", \"13 join 3\"]" : "")
      let policies = try Self.policies()
      let together = try [1, 3].map {
        try ReplayJob(setting: setting, policies: policies, threads: $0).run(on: trace.source()).result
      }
      #expect(together[0] == together[1])
      for (place, policy) in policies.enumerated() {
        let alone = try ReplayJob(setting: setting, policies: [policy], threads: 1).run(on: trace.source()).result
        #expect(alone.policies[0] == together[0].policies[0])
        #expect(alone.policies[1] == together[0].policies[place + 1], "\(policy.name)")
      }
      #expect(Set(together[0].policies.map(\.time.total)).count > 7)
    }
  }

  @Test func stepByStepTheyAreAsAlone() throws {
    let trace = SmallTrace(steps: 12)
    func steps(_ policies: [BalancingPolicy], of place: Int) throws -> [PolicyResult] {
      let found = Guarded<[PolicyResult]>([])
      let job = ReplayJob(on: [try Fixture.setting(trace)], policies: policies, threads: 2)
      let observer = StepObserver(byLayer: true) { step in
        if step.policy.name == policies[place].name { found.withLock { $0.append(step.policy) } }
      }
      _ = try job.runOnAll(trace.source(), observer: observer)
      return found.withLock { $0 }
    }
    let policies = Array(try Self.policies()[..<4])
    for place in policies.indices {
      let alone = try steps([policies[place]], of: 0)
      let together = try steps(policies, of: place)
      #expect(!alone.isEmpty && alone == together)
    }
  }

  /// `static` twice, under other names and on other links: each layer of each step is counted once.
  @Test func whatIsAlikeIsCountedOnce() throws {
    let trace = SmallTrace(layers: 3, steps: 10)
    func replay(_ rules: [(Guarded<Int>) -> Probe]) throws -> (asked: Int, totals: [Double]) {
      let asked = Guarded(0)
      let policies = try rules.enumerated().map { place, rule in
        try BalancingPolicy(
          name: "p\(place)", planner: StaticPlanner(slotBudget: .redundantPerRank(1)),
          schedule: RebalanceSchedule(.never), dispatch: { [rule = rule(asked)] in rule })
      }
      let job = ReplayJob(
        setting: try Fixture.setting(trace), baseline: policies[0], policies: Array(policies.dropFirst()), threads: 2)
      let result = try job.run(on: trace.source()).result
      return (asked.withLock { $0 }, result.policies.map(\.time.total))
    }
    let alike = try replay([{ Probe(asked: $0) }, { Probe(asked: $0) }, { Probe(asked: $0) }])
    #expect(alike.asked == 30 && Set(alike.totals).count == 1)
    let unlike = try replay([
      { Probe(asked: $0, isOneOfAKind: false) }, { Probe(asked: $0, takesLast: true, isOneOfAKind: false) },
    ])
    #expect(unlike.asked == 60 && Set(unlike.totals).count == 2)
  }

  /// So many policies that a batch has room for a few steps at a time.
  @Test func manyPoliciesOfManySteps() throws {
    let trace = SmallTrace(layers: 4, experts: 8, steps: 400, tokens: 8)
    let setting = try Fixture.setting(trace)
    let policies = try (0..<24).map {
      try Fixture.policy("p\($0)", schedule: "{kind: every, steps: \(100 + $0), from: 50}")
    }
    let together = try ReplayJob(setting: setting, policies: policies, threads: 3).run(on: trace.source()).result
    for place in [0, 11, 23] {
      let alone = try ReplayJob(setting: setting, policies: [policies[place]], threads: 1).run(on: trace.source())
      #expect(alone.result.policies[1] == together.policies[place + 1])
    }
  }
}
