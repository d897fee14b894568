import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Rules that go by all ranks, on a machine whose ranks come and go: they run over those that there are.
@Suite struct ChangedRulesTests {
  private static let trace = SmallTrace(tokens: 600)

  private static func policy(_ name: String, _ lines: String) throws -> BalancingPolicy {
    try BalancingPolicy(settings: Settings(parsing: "name: \(name)\n\(lines)", name: "\(name).yaml"))
  }

  private static func sharing(_ rule: String?) throws -> BalancingPolicy {
    let line = rule.map { "sharedExpert: \($0)" } ?? ""
    return try policy(
      rule ?? "none",
      """
      planner: {kind: static, redundantSlotsPerRank: 4}
      schedule: {kind: never}
      dispatch: {kind: even}
      \(line)
      """)
  }

  private static let planners = [
    "home-groups": "{kind: exact-home-groups}",
    "quota": "{kind: exact-quota, redundantSlotsPerRank: 1, minimumTokens: 1}",
    "even": "{kind: exact-even, redundantSlotsPerRank: 1}",
    "least-loaded": "{kind: exact-least-loaded, factor: 1.0, minimumTokens: 1}",
    "greedy": "{kind: exact-greedy, worthwhileTokens: 1}",
  ]

  private static func exact(_ name: String) throws -> BalancingPolicy {
    try policy(
      name,
      """
      planner: \(planners[name] ?? "")
      schedule: {kind: every-layer, plan: 50us, sync: 10us, hiddenBehind: dispatch}
      dispatch: {kind: planned}
      """)
  }

  /// - Parameter changes: as a cluster lists them.
  private static func replay(
    _ changes: [String], _ policies: [BalancingPolicy], trace: SmallTrace = trace, ranks: Int, ranksPerNode: Int = 2,
    threads: Int = 2, context: Int? = nil, attentionRanks: Int = 1, fusion: SharedExpertFusion? = nil,
    extra: String = ""
  ) throws -> ReplayResult {
    var model = try Fixture.model(experts: 16, topK: 2, layers: 3)
    model.sharedExperts = 1
    model.sharedExpertFusion = fusion
    if context != nil { model.attention = AttentionShape(heads: 16, headSize: 64, keyValueHeads: 4) }
    let list = changes.map { "\"\($0)\"" }.joined(separator: ", ")
    let setting = try ReplaySetting(
      header: trace.header,
      cluster: Fixture.cluster(
        ranks: ranks, ranksPerNode: ranksPerNode, extra: extra + (changes.isEmpty ? "" : "\nchanges: [\(list)]")),
      model: model, context: context, sources: TokenSources(attentionRanks: attentionRanks))
    return try ReplayJob(
      setting: setting, baseline: policies[0], policies: Array(policies.dropFirst()), threads: threads,
      open: { trace.source() }
    ).run(on: trace.source()).result
  }

  private static func rules() throws -> [BalancingPolicy] {
    try [nil, "home", "follow", "waterfill", "static"].map(sharing)
  }

  private static func exacts() throws -> [BalancingPolicy] { try planners.keys.sorted().map(exact) }

  @Test func `with half of the ranks from the beginning rules see a machine half as large`() throws {
    for policies in [try Self.rules(), try Self.exacts()] {
      for (gone, alive) in [("4-7", [0, 1, 2, 3]), ("2,3,6,7", [0, 1, 4, 5])] {
        func starting(on ranks: [Int]) -> SmallTrace {
          Self.trace.starting(on: (0..<600).map { UInt32(ranks[$0 * $0 % 7 % 4]) })
        }
        let part = try Self.replay(["0 leave \(gone)"], policies, trace: starting(on: alive), ranks: 8)
        let small = try Self.replay([], policies, trace: starting(on: [0, 1, 2, 3]), ranks: 4)
        for (one, other) in zip(part.policies, small.policies) {
          #expect(one.balancedness == other.balancedness && one.imbalance == other.imbalance, "\(one.name)")
          #expect(one.traffic == other.traffic && one.time == other.time, "\(one.name)")
          #expect(one.balancing == other.balancing && one.memory == other.memory, "\(one.name)")
          #expect(one.resilience == other.resilience && one.optimality == other.optimality)
        }
      }
    }
  }

  @Test(arguments: SharedExpertFusion.allCases)
  func `fused or apart, shared experts are on the ranks alive`(fusion: SharedExpertFusion) throws {
    let policies = [try Self.sharing(nil)]
    let trace = Self.trace.starting(on: (0..<600).map { UInt32($0 * $0 % 7 % 4) })
    let part = try Self.replay(["0 leave 4-7"], policies, trace: trace, ranks: 8, fusion: fusion).policies[0]
    let small = try Self.replay([], policies, trace: trace, ranks: 4, fusion: fusion).policies[0]
    #expect(part.traffic == small.traffic && part.time == small.time)
  }

  /// Tokens of the steps after a planned leave start where they do on the smaller machine. Its ranks have other names, by
  /// which shared visits are drawn.
  @Test func `steps after a leave take what they take on a machine of that size`() throws {
    for policies in [try Self.rules(), try Self.exacts()] {
      let changed = try Self.replay(["10 leave 4-7"], policies, ranks: 8)
      let late = Self.trace.part(10..<24)
      let small = try Self.replay([], policies, trace: late, ranks: 4)
      for (one, other) in zip(changed.policies, small.policies) {
        let change = try #require(one.changes?.first)
        let expected = other.time.total / 14
        #expect(change.interruption > 0 && change.movedBytes > 0)
        let tolerance = ["waterfill", "static"].contains(one.name) ? 1e-4 : 1e-9
        #expect(abs((change.stepTimeAfter ?? 0) - expected) < tolerance * expected, "\(one.name)")
      }
    }
  }

  /// From 2 to 4 experts on each of four ranks: the first lacks 2 of them, the others hold none of theirs.
  @Test func `homes are blocks in the order of ranks`() throws {
    let result = try Self.replay(["10 leave 4-7"], Self.exacts(), ranks: 8)
    let expert = try Fixture.model(experts: 16, topK: 2, layers: 3).expertBytes
    for policy in result.policies {
      #expect(policy.changes?.first?.movedBytes == 3 * (2 + 4 + 4 + 4) * expert, "\(policy.name)")
    }
  }

  @Test func `shared experts serve on ranks that are there, at any number of threads`() throws {
    let changes = ["0 leave 3", "9 leave 1", "15 join 3"]
    let result = try Self.replay(changes, Self.rules(), ranks: 4, threads: 1)
    #expect(result == (try Self.replay(changes, Self.rules(), ranks: 4, threads: 3)))
    let home = result.policies[1].time.experts ?? 0
    #expect(result.policies[2].time.experts ?? 0 != home && result.policies[3].time.experts ?? 0 != home)
  }

  @Test(arguments: [
    ("8 fail 3", "each expert is at home on one rank, and no other has a slot for those of one that fails"),
    ("8 leave 3", "16 experts do not divide over 3 ranks"),
    ("8 leave 3-5,7", "nodes have different numbers of ranks, and exact planners need as many on each"),
  ])
  func `homes that the ranks alive cannot have are refused`(change: String, message: String) throws {
    let error = #expect(throws: InputError.self) {
      try Self.replay([change], [Self.exact("quota")], ranks: change.contains("7") ? 8 : 4)
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.description.contains("policy quota: change '\(change)'") == true)
  }

  private static func moved() throws -> [BalancingPolicy] {
    [
      try sharing("waterfill"),
      try Fixture.policy(
        "moving", planner: "{kind: eplb, redundantSlotsPerRank: 2}",
        schedule: "{kind: every, steps: 4, migration: overlapped}"),
    ]
  }

  @Test func `with half of the ranks from the beginning end-to-end figures are those of a machine half as large`()
    throws
  {
    let part = try Self.replay(["0 leave 4-7"], Self.moved(), ranks: 8, context: 4096)
    let small = try Self.replay([], Self.moved(), ranks: 4, context: 4096)
    for (one, other) in zip(part.policies, small.policies) {
      #expect(one.serving != nil && one.serving == other.serving && one.memory == other.memory, "\(one.name)")
      #expect(one.time == other.time && one.rebalances == other.rebalances)
    }
  }

  /// Ten steps on eight ranks and fourteen on four are those of both machines, weighed by steps, and what machines have of
  /// bandwidth and arithmetic by time, too.
  @Test func `end-to-end figures of a machine that shrinks lie between those of both sizes`() throws {
    let policies = [try Self.sharing("home")]
    let changed = try Self.replay(["10 leave 4-7"], policies, ranks: 8, context: 4096).policies[0]
    let large = try Self.replay([], policies, trace: Self.trace.part(0..<10), ranks: 8, context: 4096).policies[0]
    let small = try Self.replay([], policies, trace: Self.trace.part(10..<24), ranks: 4, context: 4096).policies[0]
    let (found, before, after) = (
      try #require(changed.serving), try #require(large.serving), try #require(small.serving)
    )
    func isMean(_ figure: (ServingEstimate) -> Double) -> Bool {
      let expected = (10 * figure(before) + 14 * figure(after)) / 24
      return abs(figure(found) - expected) < 1e-9 * expected
    }
    #expect(isMean(\.stepTime) && isMean(\.attentionTime) && isMean(\.twoBatch.stepTime))
    #expect(abs(found.tokensPerSecond - 600 / found.stepTime * 1e6) < 1e-6)
    let (first, second) = (10 * 8 * before.stepTime, 14 * 4 * after.stepTime)
    func isUsed(_ figure: (ServingEstimate) -> Double) -> Bool {
      let expected = (first * figure(before) + second * figure(after)) / (first + second)
      return abs(figure(found) - expected) < 1e-9
    }
    #expect(isUsed(\.flopUtilisation) && isUsed { $0.memoryUtilisation ?? .nan })
    // 600 tokens' keys and values on four ranks, and half as many of the experts' slots as on eight.
    #expect(changed.memory.bytesPerRank == small.memory.bytesPerRank)
  }

  @Test func `ranks that share attention come and go together, and nobody prices those that are gone`() throws {
    func refusal(_ change: String, attentionRanks: Int = 1, extra: String = "") -> String? {
      let error = #expect(throws: InputError.self) {
        try Self.replay(
          [change], [Self.sharing("home")], ranks: 8, context: 4096, attentionRanks: attentionRanks, extra: extra)
      }
      return error?.description
    }
    #expect(
      refusal("10 leave 3,5", attentionRanks: 2)
        == "change '10 leave 3,5': groups of 2 ranks share attention; with --context they come and go as a whole")
    #expect(
      refusal("10 leave 4-7", extra: "cost: {pricePerGPUHour: 2}")
        == "cluster test: cost: nobody says whether ranks that are gone are paid for; leave out it or the changes")
    let both = try Self.replay(["10 leave 2,3"], [Self.sharing("home")], ranks: 8, context: 4096, attentionRanks: 2)
    #expect(both.policies[0].serving != nil)
  }
}
