import Diagnostics
import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import RoutingTrace
import TestTraces
import Testing

/// A model's word on its shared experts: what their visits send, and what a layer takes.
@Suite struct SharedExpertFusionReplayTests {
  private static let trace = SmallTrace(tokens: 400)

  private func setting(
    _ fusion: SharedExpertFusion?, shared: Int = 2, copies: Copies = .dedup, trace: SmallTrace = trace
  ) throws -> ReplaySetting {
    var model = try Fixture.model(
      experts: trace.header.experts, topK: trace.header.topK ?? 2, layers: trace.header.layers)
    model.sharedExperts = shared
    model.sharedExpertFusion = fusion
    var cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    cluster.copies = copies
    return try ReplaySetting(header: trace.header, cluster: cluster, model: model)
  }

  private func result(
    _ fusion: SharedExpertFusion?, _ line: String = "", shared: Int = 2, copies: Copies = .dedup, threads: Int = 2
  ) throws -> PolicyResult {
    try Fixture.replay(
      Self.trace, [Fixture.staticPolicy(line)], threads: threads,
      setting: setting(fusion, shared: shared, copies: copies)
    ).policies[1]
  }

  /// k + n visits: each shared expert of a token that leaves is a visit, and no copy that is not there already.
  @Test(arguments: [1, 2, 3], [(4, 2), (8, 8), (72, 8)])
  func `tokens take as many visits more as there are shared experts`(
    shared: Int, size: (ranks: Int, ranksPerNode: Int)
  ) throws {
    let (ranks, ranksPerNode) = size
    let (topK, slotsPerRank, tokens) = (3, 2, 500)
    var random = SeededGenerator(seed: UInt64(ranks + shared))
    let slots = (0..<tokens).map { _ in Array(random.shuffled(0..<ranks * slotsPerRank).prefix(topK)) }
    let sources = (0..<tokens).map { _ in random.below(ranks) }
    func traffic(_ slots: [[Int]]) -> Traffic {
      TrafficCounterTests.naive(
        slots: slots, sources: sources, ranks: ranks, ranksPerNode: ranksPerNode, slotsPerRank: slotsPerRank)
    }
    // Another slot of the rank of the first visit, so many times: nothing is sent to a token's own rank.
    let all = zip(slots, sources).map { slots, source in
      slots[0] / slotsPerRank == source ? slots : slots + Array(repeating: slots[0], count: shared)
    }
    var visits = try SharedVisits(SharedExpertRecipe("follow"), topK: topK, ranks: ranks, count: shared)
    var counted = traffic(slots)
    visits.count(
      slotOfVisit: slots.joined().map { UInt16($0) }, slotsPerRank: slotsPerRank, sources: sources.map { UInt32($0) },
      into: &counted)
    #expect(counted == traffic(all))
    #expect(counted.rankCopies == traffic(slots).rankCopies && counted.nodeCopies == traffic(slots).nodeCopies)
    #expect(visits.tokens(share: 1) == (0..<ranks).map { r in Double(slots.count { $0[0] / slotsPerRank == r }) })
  }

  @Test func `at home nothing is sent, and following costs what kernels send by the visit`() throws {
    for copies in [Copies.dedup, .direct] {
      let (silent, home, follow) = try (
        result(nil, copies: copies), result(.home, copies: copies), result(.follow, copies: copies)
      )
      #expect(home.traffic == silent.traffic && home.time.dispatch == silent.time.dispatch)
      #expect((follow.traffic == silent.traffic) == (copies == .dedup) && follow.balancedness == silent.balancedness)
      #expect((follow.time.dispatch > home.time.dispatch) == (copies == .direct))
      // The first experts of tokens are on the hot rank more often than the tokens are.
      #expect(follow.time.experts ?? 0 > home.time.experts ?? 0)
    }
  }

  @Test func `as a policy's rule they follow alike, and a policy's word goes before the model's`() throws {
    // The baseline of each is served as its model says.
    func same(_ one: PolicyResult, _ other: PolicyResult) -> Bool {
      one.time == other.time && one.traffic == other.traffic && one.commPerStep == other.commPerStep
    }
    #expect(try same(result(.follow), result(nil, "sharedExpert: follow")))
    #expect(try same(result(.follow, "sharedExpert: home"), result(.home, "sharedExpert: home")))
    #expect(try same(result(.follow, "sharedExpert: waterfill"), result(.home, "sharedExpert: waterfill")))
    #expect(try !same(result(.follow), result(.home)))
  }

  /// By hand: what runs beside dispatch is told as far as it takes longer.
  @Test func `beside dispatch only what is left of it is waited for`() throws {
    let (apart, beside) = try (result(.apart), result(.besideDispatch))
    let saved = try #require(apart.time.experts) - (try #require(beside.time.experts))
    #expect(saved > 0 && saved <= apart.time.dispatch * (1 + 1e-12))
    #expect(beside.time.dispatch == apart.time.dispatch && beside.traffic == apart.traffic)
    #expect(abs(apart.time.total - beside.time.total - saved) < 1e-6)
    // Launched once less than apart.
    #expect(try result(.home).time.experts ?? 0 < apart.time.experts ?? 0)
  }

  @Test func `results are the same at any number of threads`() throws {
    for fusion in SharedExpertFusion.allCases {
      #expect(try result(fusion, threads: 1) == result(fusion, threads: 3))
    }
  }

  @Test func `what cannot be served is refused`() throws {
    let counted = Self.trace.counted
    let counts = #expect(throws: InputError.self) {
      try Fixture.replay(counted, [Fixture.staticPolicy()], threads: 1, setting: setting(.follow, trace: counted))
    }
    #expect(
      counts?.description
        == "model test: sharedExpertFusion: follow: goes by the ranks of each token, but trace 'small' holds counts")
    let apart = #expect(throws: InputError.self) { try result(.besideDispatch, "sharedExpert: waterfill") }
    #expect(
      apart?.description
        == "policy p: sharedExpert: waterfill: sends tokens to the routed experts' kernels, but model 'test' has "
        + "sharedExpertFusion: beside-dispatch")
    _ = try result(.apart, "sharedExpert: home")
  }
}
