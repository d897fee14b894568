import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Overlapped moves on their way through a replay.
@Suite struct ArrivalTests {
  /// Plans one placement, whatever the load.
  private struct GivenPlanner: PlacementPlanner {
    let slots: [Int]
    var slotBudget: SlotBudget { .total(slots.count) }
    var needs: PlanningNeeds { [] }

    func plan(_ context: PlanningContext) -> Placement {
      let layer = LayerPlacement(
        experts: context.shape.experts, ranks: context.shape.ranks, physicalToLogical: slots)
      return Placement(ranks: context.shape.ranks, layers: Array(repeating: layer, count: context.shape.layers))
    }
  }

  private static let slots = [0, 15, 1, 14, 2, 13, 3, 12, 4, 11, 5, 10, 6, 9, 7, 8]

  private func policy(_ name: String, _ schedule: RebalanceSchedule) throws -> BalancingPolicy {
    try BalancingPolicy(name: name, planner: GivenPlanner(slots: Self.slots), schedule: schedule)
  }

  /// `[steps][layers]` times of the policy, each step and layer replayed by itself.
  private func times(of policy: BalancingPolicy, _ trace: SmallTrace) throws -> [[PolicyResult.Time]] {
    try trace.steps.indices.map { step in
      try (0..<trace.header.layers).map { layer in
        try Fixture.replay(trace.only(step: step).onlyLayer(layer), [policy]).policies[1].time
      }
    }
  }

  @Test(
    "A step's placement holds no expert whose bytes are not there",
    arguments: [
      ("link", MigrationRule.overlapped, nil), ("slow", MigrationRule(.overlapped, bandwidth: 30_000), nil),
      ("capped", .overlapped, 1), ("slow and capped", MigrationRule(.overlapped, bandwidth: 25_000), 2),
    ] as [(String, MigrationRule, Int?)])
  func naiveOracle(name: String, rule: MigrationRule, layersPerStep: Int?) throws {
    let trace = SmallTrace()
    let before = try times(of: policy("before", RebalanceSchedule(.never)), trace)
    let after = try times(of: policy("after", RebalanceSchedule(.initial)), trace)
    // Each rank keeps one of its four experts at most: what crosses is counted by hand, from the two lists of slots.
    let migration = try Migration(cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2), bandwidth: rule.bandwidth)
    let expertBytes = try Fixture.model(experts: 16, topK: 2, layers: 3).expertBytes
    var bytes = Array(repeating: 0.0, count: 16)
    for (slot, expert) in Self.slots.enumerated() where expert / 4 != slot / 4 {
      bytes[expert / 4 * 4 + slot / 4] += expertBytes
    }
    let perLayer = migration.time(bytes: bytes)
    #expect(perLayer > 0)

    var idle = 0.0
    var serving = 0
    var comm = 0.0
    for step in trace.steps.indices {
      if step > 4 {
        var switched = 0
        while serving < 3, idle >= Double(serving + 1) * perLayer, switched < layersPerStep ?? 3 {
          serving += 1
          switched += 1
        }
      }
      for layer in 0..<3 {
        let time = layer < serving ? after[step][layer] : before[step][layer]
        comm += time.comm
        if step >= 4 { idle += time.total - time.comm }
      }
    }
    let schedule = RebalanceSchedule(.once(at: 4), migration: rule, layersPerStep: layersPerStep)
    let result = try Fixture.replay(trace, [policy("p", schedule)]).policies[1]
    #expect(serving > 0)
    #expect(abs(result.time.comm - comm) < 1e-6 * comm)
    #expect(result.time.migration == 0)
    #expect(result.rebalances.movedExperts == 36)
  }

  @Test("What never arrives counts only as moved bytes")
  func neverThere() throws {
    let rule = MigrationRule(.overlapped, bandwidth: 1)
    let results = try Fixture.replay(
      SmallTrace(), [policy("p", RebalanceSchedule(.every(steps: 4), migration: rule))]
    ).policies
    #expect(results[1].time.comm == results[0].time.comm)
    #expect(results[1].time.total == results[0].time.total)
    #expect(results[1].rebalances.movedBytes == 36 * 1024 * 512 * 3 * 2)
    #expect(results[1].rebalances.count == 1, "a plan waits for the one before it")
  }

  @Test("A share of the links is taken while moves last, and lets them use whole steps")
  func share() throws {
    let trace = SmallTrace()
    let rule = MigrationRule(.overlapped, bandwidthShare: 0.25)
    let result = try Fixture.replay(trace, [policy("p", RebalanceSchedule(.once(at: 4), migration: rule))]).policies[1]

    let slowed = try Fixture.cluster(ranks: 4, ranksPerNode: 2).leaving(0.75)
    let slowSetting = try ReplaySetting(
      header: trace.header, cluster: slowed, model: Fixture.model(experts: 16, topK: 2, layers: 3))
    let schedules = [RebalanceSchedule(.never), RebalanceSchedule(.initial)]
    func times(layer: Int, step: Int, planned: Bool, slow: Bool) throws -> PolicyResult.Time {
      let part = trace.only(step: step).onlyLayer(layer)
      var setting = try Fixture.setting(part)
      if slow { setting = try ReplaySetting(header: part.header, cluster: slowed, model: slowSetting.model) }
      let policy = try policy("q", schedules[planned ? 1 : 0])
      return try Fixture.replay(part, [policy], setting: setting).policies[1].time
    }
    let expertBytes = slowSetting.model.expertBytes
    var bytes = Array(repeating: 0.0, count: 16)
    for (slot, expert) in Self.slots.enumerated() where expert / 4 != slot / 4 {
      bytes[expert / 4 * 4 + slot / 4] += expertBytes
    }
    let whole = try Migration(cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2)).time(bytes: bytes)
    let perLayer = 25 + (whole - 25) / 0.25
    var passed = 0.0
    var serving = 0
    var comm = 0.0
    for step in trace.steps.indices {
      while step > 4, serving < 3, passed >= Double(serving + 1) * perLayer { serving += 1 }
      let isMoving = step >= 4 && serving < 3
      for layer in 0..<3 {
        let time = try times(layer: layer, step: step, planned: layer < serving, slow: isMoving)
        comm += time.comm
        if isMoving { passed += time.total }
      }
    }
    #expect(serving == 3)
    #expect(abs(result.time.comm - comm) < 1e-6 * comm)
  }

  @Test("A plan that is due while another is on its way waits for it, or takes its place")
  func busy() throws {
    func rebalances(_ onBusy: MigrationRule.OnBusy) throws -> PolicyResult.Rebalances {
      var policy = try Fixture.policy("p", schedule: "{kind: every, steps: 1}")
      policy.schedule.migration = MigrationRule(.overlapped, bandwidth: 50_000, onBusy: onBusy)
      return try Fixture.replay(SmallTrace(), [policy]).policies[1].rebalances
    }
    let waiting = try rebalances(.wait)
    let replacing = try rebalances(.replace)
    #expect(replacing.count == 23, "before every step but the first")
    #expect(waiting.count > 1 && waiting.count < replacing.count)
  }

  @Test("A yardstick that waits still sees every interval", arguments: [MigrationRule.OnBusy.wait, .replace])
  func foresight(onBusy: MigrationRule.OnBusy) throws {
    let policy = try Fixture.policy(
      "o", predictor: "{kind: oracle}",
      schedule: "{kind: every, steps: 1, migration: {kind: overlapped, bandwidth: 50 GB/s, onBusy: \(onBusy)}}")
    let result = try Fixture.replay(SmallTrace(), [policy])
    for threads in [1, 3] { #expect(try Fixture.replay(SmallTrace(), [policy], threads: threads) == result) }
    #expect(result.policies[1].rebalances.count > 1)
  }
}
