import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Ranks that come and go while a trace is replayed.
@Suite struct RankChangesTests {
  private static let storage = "storage: {host: {bandwidth: 55 GB/s, latency: 10 us}}"

  private static func spare(_ perRank: Int = 4) throws -> BalancingPolicy {
    try BalancingPolicy(
      name: "spare", planner: StaticPlanner(slotBudget: .redundantPerRank(perRank)), schedule: RebalanceSchedule(.never)
    )
  }

  /// Every policy on one machine, the first the baseline.
  static func replay(
    _ changes: [String], _ policies: [BalancingPolicy], trace: SmallTrace = SmallTrace(), extra: String = storage,
    ranks: Int = 4, ranksPerNode: Int = 2, threads: Int = 2
  ) throws -> ReplayResult {
    let list = changes.map { "\"\($0)\"" }.joined(separator: ", ")
    let setting = try Fixture.setting(
      trace, ranks: ranks, ranksPerNode: ranksPerNode, extra: extra + (changes.isEmpty ? "" : "\nchanges: [\(list)]"))
    return try ReplayJob(
      setting: setting, baseline: policies[0], policies: Array(policies.dropFirst()), threads: threads,
      open: { trace.source() }
    ).run(on: trace.source()).result
  }

  private static func policies() throws -> [BalancingPolicy] {
    [
      try spare(), try Fixture.policy("eplb", planner: "{kind: eplb, redundantSlotsPerRank: 4}"),
      try Fixture.policy(
        "nearest", planner: "{kind: even-share, redundantSlotsPerRank: 4}",
        schedule: "{kind: every, steps: 3, migration: overlapped}", dispatch: "{kind: nearest}"),
      try Fixture.policy(
        "chunked", planner: "{kind: eplb, redundantSlotsPerRank: 4}",
        schedule: "{kind: every, steps: 5, layersPerStep: 1}"),
      try Fixture.policy("best", planner: "{kind: best, redundantSlotsPerRank: 4}", dispatch: "{kind: weighted}"),
    ]
  }

  @Test func changesThatNeverHappenChangeNothingButANote() throws {
    let without = try Self.replay([], Self.policies())
    let with = try Self.replay(["24 fail 3"], Self.policies())
    for (one, other) in zip(without.policies, with.policies) {
      var other = other
      other.details = one.details
      #expect(one == other)
    }
    #expect(with.notes.contains("Change '24 fail 3' never happened: the replay has 24 steps."))
    #expect(with.policies.allSatisfy { $0.changes == nil && $0.time.interruption == nil })
  }

  @Test("Ranks that are gone have no tokens, all others have them all, at any number of threads")
  func deadRanksServeNothing() throws {
    let changes = ["0 fail 3", "9 fail 1", "15 join 3"]
    let result = try Self.replay(changes, Self.policies(), threads: 1)
    #expect(result == (try Self.replay(changes, Self.policies(), threads: 3)))
    for policy in result.policies {
      #expect(policy.changes?.map(\.step) == [0, 9, 15])
      let layers = try #require(policy.perLayer)
      for layer in layers { #expect(layer.rankTokens.reduce(0, +) == 24 * 40 * 2, "\(policy.name)") }
    }
    let early = try Self.replay(["0 leave 1,3"], Self.policies())
    for policy in early.policies {
      for layer in try #require(policy.perLayer) { #expect(layer.rankTokens[1] == 0 && layer.rankTokens[3] == 0) }
    }
  }

  @Test("With half of the ranks from the beginning loads and traffic are those of a machine half as large")
  func aHalfIsAHalf() throws {
    for trace in [SmallTrace(), SmallTrace().counted] {
      for policies in [
        [try Self.spare(), try Fixture.policy("eplb", planner: "{kind: eplb, redundantSlotsPerRank: 2}")]
      ] {
        let part = try Self.replay(["0 leave 4-7"], policies, trace: trace, ranks: 8, ranksPerNode: 2)
        let small = try Self.replay([], policies, trace: trace, ranks: 4, ranksPerNode: 2)
        for (one, other) in zip(part.policies, small.policies) {
          #expect(one.balancedness == other.balancedness && one.imbalance == other.imbalance, "\(one.name)")
          #expect(one.optimality == other.optimality && one.traffic == other.traffic && one.time == other.time)
          #expect(one.resilience == other.resilience)
          #expect(
            one.perLayer?.map { Array($0.rankTokens[..<4]) } == other.perLayer?.map(\.rankTokens))
        }
      }
    }
  }

  /// `patch` leaves what survives where it was, so that the rank that comes back gets what it had.
  @Test func aRankThatComesBackFindsItsPlacement() throws {
    let trace = SmallTrace()
    for (recovery, isExact) in [("patch", true), ("replan", false)] {
      let setting = try Fixture.setting(
        trace, extra: Self.storage + "\nelastic: {recovery: \(recovery)}\nchanges: [\"6 fail 3\", \"12 join 3\"]")
      let replay = try PolicyReplay(Self.spare(), on: [setting], foresight: nil)
      let before = replay.rollout.placement
      for change in [RankChange(step: 6, kind: .fail, ranks: [3]), RankChange(step: 12, kind: .join, ranks: [3])] {
        try replay.change(before: trace.steps[change.step], afterStep: change.step)
        #expect(replay.rollout.placement.ranks == (change.kind == .fail ? 3 : 4))
      }
      let after = replay.rollout.placement
      func bins(_ layer: LayerPlacement) -> Set<[Int]> {
        Set((0..<layer.ranks).map { layer.experts(onRank: $0).sorted() })
      }
      #expect(zip(before.layers, after.layers).allSatisfy { bins($0) == bins($1) })
      if isExact { #expect(before == after) }
    }
  }

  /// Four ranks of three slots, of which rank 3 fails: only expert 7 is lost, and one load brings it back.
  @Test func theWorkedExampleLosesOneExpert() throws {
    let trace = SmallTrace(layers: 1, experts: 8)
    let setting = try Fixture.setting(
      trace,
      extra: Self.storage + "\nelastic: {detect: 1 s, reconfigure: 2 s, recovery: patch, resume: 3 s}"
        + "\nchanges: [\"6 fail 3\"]")
    let replay = try PolicyReplay(
      BalancingPolicy(
        name: "p", planner: StaticPlanner(slotBudget: .redundantPerRank(1)), schedule: RebalanceSchedule(.never)),
      on: [setting], foresight: nil)
    let layer = LayerPlacement(experts: 8, ranks: 4, physicalToLogical: [0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 0])
    replay.rollout.restart(Placement(ranks: 4, layers: [layer]), replay.shape, on: replay.rollout.alive)
    try replay.change(before: trace.steps[6], afterStep: 6)
    let record = try #require(replay.changeRecords[0].first)
    let bytes = setting.model.expertBytes
    #expect(record.lostExperts == 1 && record.movedBytes == 0 && record.reloadedBytes == bytes)
    #expect(abs(record.interruption - (6e6 + 10 + bytes / 55e3)) < 1e-6)
  }

  /// 256 experts, 8 → 16 ranks: half of them move, as each of the old ranks keeps 16.
  @Test func growthMovesWhatItMust() throws {
    let old = LayerPlacement(experts: 256, ranks: 8, physicalToLogical: Array(0..<256))
    let plan = LayerPlacement(experts: 256, ranks: 16, physicalToLogical: Array(0..<256))
    let (few, many) = (Array(0..<8), Array(0..<16))
    func moved(_ new: LayerPlacement) -> RankShift {
      var shift = RankShift(ranksPerNode: 8)
      for _ in 0..<58 {
        shift.add(from: RankShift.Layout(old, on: few), to: RankShift.Layout(new, on: many), givers: Set(few))
      }
      return shift
    }
    #expect(moved(plan).layers.allSatisfy { $0.fetches.count == 240 })
    let shift = moved(plan.relabelled(on: many, toShareWith: old, on: few))
    #expect(shift.layers.allSatisfy { $0.fetches.count == 128 } && shift.loads.isEmpty && shift.lost == 0)
    // DeepSeek-V3: every new rank gets 16 experts of 58 layers, 44.04 MB each, over its NIC.
    let fetches = shift.layers.flatMap(\.fetches)
    #expect(Set(fetches.map(\.receiver)) == Set(8..<16))
    for rank in 8..<16 { #expect(fetches.count { $0.receiver == rank } == 16 * 58) }
    var cluster = try Fixture.cluster(ranks: 16, ranksPerNode: 8)
    cluster.scaleOut?.dispatchBandwidth = 45e3
    let bytes = 44.04e6
    let cost = try MovePrice(.blocking, cluster: cluster, expertBytes: bytes).cost(of: shift.layers)
    #expect(abs(cost.time / 1e6 - 0.908) < 0.001)
    #expect(abs(Double(16 * 58) * bytes / 1e9 - 40.87) < 0.01)
  }

  @Test func joiningAndLeavingMoveWithoutLoss() throws {
    let result = try Self.replay(["0 leave 2,3", "8 join 2,3", "16 leave 0"], Self.policies(), extra: "")
    for policy in result.policies {
      let changes = try #require(policy.changes)
      #expect(changes.allSatisfy { $0.lostExperts == 0 && $0.reloadedBytes == 0 }, "\(policy.name)")
      #expect(changes[0].interruption == 0 && changes[0].movedBytes == 0)
      #expect(changes[1...].allSatisfy { $0.interruption > 6.5e6 && $0.movedBytes > 0 })
      let waited = changes.reduce(0) { $0 + $1.interruption }
      #expect(policy.time.interruption == waited && policy.time.total > waited)
    }
  }

  @Test func slowerPartsInterruptForLonger() throws {
    func interruption(_ extra: String) throws -> Double {
      try #require(try Self.replay(["8 fail 3"], Self.policies(), extra: extra).policies[1].time.interruption)
    }
    let fast = try interruption(Self.storage)
    #expect(try interruption(Self.storage + "\nelastic: {detect: 1 s}") == fast + 1e6)
    #expect(try interruption("storage: {host: {bandwidth: 1 GB/s}}") > fast)
  }

  @Test(arguments: [
    ("{kind: static}", "8 fail 3", "12 slots on the ranks alive cannot hold 16 experts; 6 slots on each would do"),
    ("{kind: eplb, redundantSlotsPerRank: 2}", "8 fail 3", "add 'storage' to the cluster, or copies"),
    ("{kind: static}", "8 fail 4", "rank 4, expected 0…3"),
  ])
  func whatCannotBeReplayedIsSaid(planner: String, change: String, message: String) throws {
    let error = #expect(throws: InputError.self) {
      try Self.replay([change], [Fixture.policy("p", planner: planner)], extra: "")
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func policiesOfRanksThatStayAreRefused() throws {
    let cached = try BalancingPolicy(
      settings: Settings(
        parsing: "name: c\nplanner: {kind: static}\nschedule: {kind: never}\ndispatch: {kind: even}\n"
          + "cache: {expertsPerRank: 4, replacement: {kind: lru}, fetch: blocking}", name: "c.yaml"))
    let error = #expect(throws: InputError.self) { try Self.replay(["8 leave 3"], [cached]) }
    #expect(error?.description == "policy c: has a cache, which is of ranks that stay: leave out --change")
    let wrong = #expect(throws: InputError.self) {
      try Self.replay([], [Self.spare()], extra: "elastic: {recovery: pach}")
    }
    #expect(wrong?.description.contains("did you mean 'patch'?") == true)
  }

  /// One change must not be the slowest step of all.
  @Test func theDistributionIsOfStepsServed() throws {
    func details(_ changes: [String]) throws -> [PolicyResult] {
      let trace = SmallTrace()
      let list = changes.map { "\"\($0)\"" }.joined(separator: ", ")
      let setting = try Fixture.setting(trace, extra: Self.storage + "\nchanges: [\(list)]")
      return try ReplayJob(
        setting: setting, baseline: Self.spare(), policies: Array(Self.policies().dropFirst()), threads: 2,
        open: { trace.source() }
      ).runOnAll(trace.source(), details: DetailRequest(layers: [])).results[0].policies
    }
    let policies = try details(["7 fail 3", "15 join 3"])
    for policy in policies {
      let (told, changes) = (try #require(policy.details), try #require(policy.changes))
      let waited = changes.reduce(0) { $0 + $1.interruption }
      #expect(told.stepTotal.max < 1e5 && waited > 1.3e7 && told.stepTotal.max == told.steps.longest.max())
      let served = told.stepTotals.reduce(0, +)
      #expect(abs(served + waited - policy.time.total) < 1e-9 * waited)
      #expect(told.stepTotals.sorted() == told.steps.total.sorted())
      guard let steady = policy.steady, let baseline = policies[0].details else { continue }
      func sum(_ details: PolicyResult.Details) -> Double {
        details.steps.total[steady.from..<steady.from + steady.steps].reduce(0, +)
      }
      #expect(abs(steady.total - (1 - sum(told) / sum(baseline))) < 1e-9, "\(policy.name)")
    }
    #expect(policies.contains { $0.steady.map { ($0.from..<$0.from + $0.steps).contains(15) } == true })
    // Under a plan that nothing changes the steps before a change are what they were without it.
    let (with, without) = (try details(["7 fail 3"])[0], try details([])[0])
    #expect(with.details?.steps.total[..<7] == without.details?.steps.total[..<7])
  }

  @Test func unevenNodesAreNoted() throws {
    let result = try Self.replay(["8 fail 3"], Self.policies())
    #expect(result.notes.contains { $0.hasPrefix("Nodes have different numbers of ranks") })
    let even = try Self.replay(["8 fail 2,3"], Self.policies())
    #expect(!even.notes.contains { $0.hasPrefix("Nodes have different numbers of ranks") })
  }
}
