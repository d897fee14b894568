import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import Reporting
import TestTraces
import Testing

/// Policies that plan each layer of each step after the gate: what they are charged, and what they refuse.
@Suite struct ExactReplayTests {
  private static let planners = [
    "{kind: exact-home-groups}", "{kind: exact-quota, redundantSlotsPerRank: 1, minimumTokens: 1}",
    "{kind: exact-even, redundantSlotsPerRank: 1}", "{kind: exact-least-loaded, factor: 1.0, minimumTokens: 1}",
    "{kind: exact-greedy, worthwhileTokens: 1}",
  ]

  private static func policy(
    _ planner: String, name: String = "p", plan: String = "50us", sync: String = "10us", behind: String = "nothing"
  ) throws -> BalancingPolicy {
    try BalancingPolicy(
      settings: Settings(
        parsing: """
          name: \(name)
          planner: \(planner)
          schedule: {kind: every-layer, plan: \(plan), sync: \(sync), hiddenBehind: \(behind)}
          dispatch: {kind: planned}
          """, name: "\(name).yaml"))
  }

  private static let trace = SmallTrace(layers: 3, experts: 16, topK: 2, steps: 12, tokens: 200)

  @Test func `every planner leaves ranks more even than homes, and says what it fetched`() throws {
    let policies = try Self.planners.enumerated().map { try Self.policy($1, name: "p\($0)") }
    let result = try Fixture.replay(Self.trace, policies)
    for policy in result.policies.dropFirst() {
      let balancing = try #require(policy.balancing)
      let home = try #require(balancing.homePeakToAverage)
      #expect(home == result.policies[0].imbalance.peakToAverage)
      #expect(try #require(policy.imbalance.peakToAverage) < home, "\(policy.name)")
      #expect(balancing.fetchedExperts > 0 && balancing.busiestPort > 0)
      #expect(policy.rebalances.movedExperts == 0 && policy.causal)
      #expect(try #require(policy.memory.arrivalBytesPerRank) > 0)
      #expect(policy.memory.slotsPerRank == 4)
      #expect(policy.traffic.copiesPerToken != nil)
      #expect(policy.optimality.map { $0.gap >= -1e-12 } == true)
    }
    #expect(result.policies[0].balancing == nil && result.policies[0].time.balancing == nil)
    // MoonEP leaves as even as can be: 400 visits on 4 ranks.
    #expect(result.policies[1].imbalance.peakToAverage == 1)
  }

  @Test func `a layer waits for sync, plan and what shows of its fetches`() throws {
    let layers = 36.0
    let planner = Self.planners[0]
    func result(_ plan: String, _ sync: String, behind: String = "nothing") throws -> PolicyResult {
      try Fixture.replay(Self.trace, [Self.policy(planner, plan: plan, sync: sync, behind: behind)]).policies[1]
    }
    let free = try result("0us", "0us")
    let fetches = try #require(free.balancing?.fetchTime)
    #expect(abs((free.time.balancing ?? 0) - fetches) < 1e-6)
    let charged = try result("50us", "10us")
    #expect(abs((charged.time.balancing ?? 0) - fetches - 60 * layers) < 1e-6)
    #expect(abs(charged.time.total - free.time.total - 60 * layers) < 1e-6)
    let hidden = try result("0us", "0us", behind: "dispatch")
    #expect((hidden.time.balancing ?? 0) < fetches)
    #expect((hidden.time.balancing ?? 0) >= fetches - hidden.time.dispatch - 1e-6)
    #expect(hidden.balancing?.fetchTime == fetches)
  }

  @Test func `fetches take nothing over links without end`() throws {
    func fetched(over link: Link?) throws -> Double {
      let trace = Self.trace
      var cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 4)
      cluster.scaleUp = link ?? cluster.scaleUp
      let setting = try ReplaySetting(
        header: trace.header, cluster: cluster, model: Fixture.model(experts: 16, topK: 2, layers: 3))
      let policy = try Fixture.replay(trace, [Self.policy(Self.planners[1])], setting: setting).policies[1]
      return try #require(policy.balancing?.fetchTime)
    }
    #expect(try fetched(over: nil) > 0)
    #expect(try fetched(over: Link(dispatchBandwidth: .infinity, combineBandwidth: 200e3)) == 0)
  }

  /// x* = expert bytes / bandwidth / (flops of a visit / rate).
  @Test func `a fetch pays from as many visits as its bytes are worth`() throws {
    let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 4)
    let setting = try ReplaySetting(
      header: Self.trace.header, cluster: cluster, model: Fixture.model(experts: 16, topK: 2, layers: 3))
    let policy = try Fixture.replay(Self.trace, [Self.policy(Self.planners[0])], setting: setting).policies[1]
    let rate = try #require(setting.compute).flopRate
    let expected = 2 * rate / (2 * 200e3)
    #expect(abs(try #require(policy.balancing?.breakEvenVisits) / expected - 1) < 1e-9)
    let tokens = try #require(policy.balancing?.breakEvenTokens)
    let saved = try #require(policy.balancing?.homePeakToAverage) - 1
    let mean = 100.0 * 36
    let visit = 6 * 1024 * 512 / rate
    #expect(abs(tokens / (200 * (policy.time.balancing ?? 0) / (saved * mean * visit)) - 1) < 1e-6)
  }

  @Test func `results have the same bytes at any number of threads`() throws {
    let trace = SmallTrace(layers: 8, experts: 32, topK: 4, steps: 20, tokens: 300)
    let policies = try Self.planners.enumerated().map { try Self.policy($1, name: "p\($0)") }
    let reports = try [1, 3].map { try jsonText(Fixture.replay(trace, policies, threads: $0)) }
    #expect(Set(reports).count == 1)
  }

  @Test func `counts and experts that do not divide are refused`() throws {
    let counts = #expect(throws: InputError.self) {
      try Fixture.replay(Self.trace.counted, [Self.policy(Self.planners[0])])
    }
    #expect(counts?.description.contains("a trace of counts does not have") == true)
    let trace = SmallTrace(layers: 1, experts: 18, topK: 2, steps: 4, tokens: 40)
    let uneven = #expect(throws: InputError.self) { try Fixture.replay(trace, [Self.policy(Self.planners[0])]) }
    #expect(uneven?.description.contains("18 experts do not divide over 4 ranks") == true)
    let domains = #expect(throws: InputError.self) {
      let planner = "{kind: exact-quota, redundantSlotsPerRank: 1, ranksPerDomain: 3}"
      _ = try Fixture.replay(Self.trace, [Self.policy(planner)])
    }
    #expect(domains?.description.contains("domains of 3 ranks do not divide 4 ranks") == true)
  }

  @Test func `a domain larger than a node, and shared experts that there are none of, are noted`() throws {
    let planner = "{kind: exact-quota, redundantSlotsPerRank: 1, ranksPerDomain: 4}"
    let notes = try Fixture.replay(
      Self.trace,
      [Self.policy(Self.planners[0]), Self.policy(planner, name: "q", behind: "shared-expert")]
    ).notes
    #expect(notes.contains { $0.hasPrefix("Policy p: MoonEP fetches over one NVLink domain") })
    #expect(notes.contains { $0.hasPrefix("Policy q: a domain of 4 ranks is larger than a node of 2") })
    #expect(notes.contains { $0.contains("test has no shared experts to hide fetches behind") })
  }
}
