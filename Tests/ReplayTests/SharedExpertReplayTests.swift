import Diagnostics
import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Shared experts that serve other ranks' tokens: what is sent, what it takes, and where it is refused.
@Suite struct SharedExpertReplayTests {
  /// 100 tokens on each of four ranks, of which the first has the popular experts.
  private static let trace = SmallTrace(tokens: 400)

  private func model(_ trace: SmallTrace, shared: Int = 1) throws -> ModelShape {
    var model = try Fixture.model(
      experts: trace.header.experts, topK: trace.header.topK ?? 2, layers: trace.header.layers)
    model.sharedExperts = shared
    return model
  }

  private func setting(_ trace: SmallTrace, shared: Int = 1) throws -> ReplaySetting {
    try ReplaySetting(
      header: trace.header, cluster: Fixture.cluster(ranks: 4, ranksPerNode: 2), model: model(trace, shared: shared))
  }

  private func result(
    _ line: String = "", _ trace: SmallTrace = trace, threads: Int = 2, setting: ReplaySetting? = nil
  ) throws -> PolicyResult {
    try Fixture.replay(trace, [Fixture.staticPolicy(line)], threads: threads, setting: setting ?? self.setting(trace))
      .policies[1]
  }

  @Test(arguments: ["home", "follow", "waterfill", "static"], [(4, 2), (8, 8), (8, 4), (72, 8)])
  func whatIsSentIsWhatSetsCount(rule: String, size: (ranks: Int, ranksPerNode: Int)) throws {
    let (ranks, ranksPerNode) = size
    let (topK, slotsPerRank) = (3, 2)
    var random = SeededGenerator(seed: UInt64(ranks))
    let recipe = try SharedExpertRecipe(rule)
    var shared = SharedVisits(recipe, topK: topK, ranks: ranks)
    for tokens in [0, 1, ranks * 80] {
      let slots = (0..<tokens).map { _ in
        Array(random.shuffled(0..<ranks * slotsPerRank).prefix(topK)).map { $0 * (random.below(3) + 1) / 3 }
      }
      let sources = (0..<tokens).map { _ in random.below(ranks) }
      func traffic(_ slots: [[Int]]) -> Traffic {
        TrafficCounterTests.naive(
          slots: slots, sources: sources, ranks: ranks, ranksPerNode: ranksPerNode, slotsPerRank: slotsPerRank)
      }
      var chosen: [UInt32] = []
      var made = recipe.make()
      made.assign(
        RoutedVisits(
          ranks: ranks, topK: topK, sources: sources.map { UInt32($0) },
          visited: slots.joined().map { UInt32($0 / slotsPerRank) }), into: &chosen)
      // A visit more for each token that leaves, to any slot of its rank.
      let all = zip(slots, zip(sources, chosen)).map { slots, way in
        way.0 == Int(way.1) ? slots : slots + [Int(way.1) * slotsPerRank]
      }
      var counted = traffic(slots)
      shared.count(
        slotOfVisit: slots.joined().map { UInt16($0) }, slotsPerRank: slotsPerRank, sources: sources.map { UInt32($0) },
        into: &counted)
      #expect(counted == traffic(all))
      #expect(shared.tokens(share: 1) == (0..<ranks).map { rank in Double(chosen.count { Int($0) == rank }) })
      // The same on a machine twice as large whose every other node is gone.
      let ids = (0..<ranks).map { $0 / ranksPerNode * 2 * ranksPerNode + $0 % ranksPerNode }
      func wide(_ slots: [[Int]]) -> Traffic {
        TrafficCounterTests.naive(
          slots: slots.map { $0.map { ids[$0 / slotsPerRank] * slotsPerRank + $0 % slotsPerRank } },
          sources: sources.map { ids[$0] }, ranks: 2 * ranks, ranksPerNode: ranksPerNode, slotsPerRank: slotsPerRank)
      }
      var few = SharedVisits(recipe, topK: topK, ranks: 2 * ranks)
      few.resume(on: ids)
      var countedWide = wide(slots)
      few.count(
        slotOfVisit: slots.joined().map { UInt16($0) }, slotsPerRank: slotsPerRank, sources: sources.map { UInt32($0) },
        into: &countedWide)
      #expect(countedWide == wide(all) && few.tokens(share: 1) == shared.tokens(share: 1))
      #expect(shared.tokens(share: 0.5) == (0..<ranks).map { rank in Double(chosen.count { Int($0) == rank }) / 2 })
    }
  }

  @Test func atHomeIsWhatItWasWhereSourcesAreEven() throws {
    #expect(try result("sharedExpert: home") == result())
  }

  @Test func atHomeCountsEachRanksOwnTokens() throws {
    // Rank 0, which has the popular experts, has most of the tokens, too.
    let trace = Self.trace.starting(on: (0..<400).map { $0 % 2 == 0 ? 0 : UInt32($0 / 2 % 4) })
    #expect(try result("sharedExpert: home", trace).time.experts ?? 0 > result("", trace).time.experts ?? 0)
  }

  /// With one rank above the level they go where the token's experts are: with deduplicated copies for nothing.
  @Test func sharedVisitsLeaveTheHotRank() throws {
    let (home, waterfill) = try (result(), result("sharedExpert: waterfill"))
    #expect(waterfill.time.experts ?? 0 < home.time.experts ?? 0)
    #expect(waterfill.traffic == home.traffic && waterfill.balancedness == home.balancedness)
    var kernels = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    kernels.copies = .direct
    let direct = try ReplaySetting(header: Self.trace.header, cluster: kernels, model: model(Self.trace))
    #expect(
      try result("sharedExpert: waterfill", setting: direct).time.dispatch > result(setting: direct).time.dispatch)
  }

  /// As many shared experts as the model has, in one visit of each token.
  @Test func sharedExpertsRunAsOne() throws {
    let (one, two) = try (1...2).map {
      try result("sharedExpert: waterfill", setting: setting(Self.trace, shared: $0))
    }.pair
    #expect(one.traffic == two.traffic)
    #expect(two.time.experts ?? 0 > one.time.experts ?? 0)
  }

  @Test func aRankWithFewTokensKeepsThem() throws {
    let trace = SmallTrace(tokens: 4 * 63)
    #expect(try result("sharedExpert: waterfill", trace) == result("", trace))
  }

  @Test func resultsAreTheSameAtAnyNumberOfThreads() throws {
    for rule in ["waterfill", "static"] {
      #expect(
        try result("sharedExpert: \(rule)", threads: 1) == result("sharedExpert: \(rule)", threads: 3))
    }
  }

  @Test func addingUpTheLoadOfAllRanksIsPaidFor() throws {
    let free = try result("sharedExpert: waterfill")
    let paid = try result("sharedExpert: {kind: waterfill, overheadMicroseconds: 10}")
    #expect(abs(paid.time.total - free.time.total - 10 * 3 * 24) < 1e-6)
  }

  @Test func whatCannotBeServedIsRefused() throws {
    func refusal(_ trace: SmallTrace, _ setting: ReplaySetting) throws -> String? {
      let error = #expect(throws: InputError.self) { try result("sharedExpert: waterfill", trace, setting: setting) }
      #expect(error?.status == .usage)
      return error?.description
    }
    #expect(
      try refusal(Self.trace, setting(Self.trace, shared: 0))
        == "policy p: sharedExpert: waterfill: model 'test' has no shared experts")
    let counted = Self.trace.counted
    #expect(
      try refusal(counted, setting(counted))
        == "policy p: sharedExpert: waterfill: goes by the source and the ranks of each token, but trace 'small' holds "
        + "counts")
    var bare = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    bare.gpu = nil
    let unknown = try ReplaySetting(header: Self.trace.header, cluster: bare, model: model(Self.trace))
    #expect(
      try refusal(Self.trace, unknown)
        == "policy p: sharedExpert: waterfill: what it evens out is not known, as cluster 'test' has no gpu")
  }
}

extension Array {
  fileprivate var pair: (Element, Element) { (self[0], self[1]) }
}
