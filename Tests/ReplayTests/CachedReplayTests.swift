import Diagnostics
import ExpertCache
import Inspection
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// What a policy with a cache waits for.
@Suite struct CachedReplayTests {
  private static let storage = "storage: {host: {bandwidth: 10 GB/s, latency: 20 us}}"

  private static func policy(_ cache: String, planner: String = "{kind: static}") throws -> BalancingPolicy {
    try BalancingPolicy(
      settings: Settings(
        parsing: """
          name: cached
          planner: \(planner)
          schedule: {kind: never}
          dispatch: {kind: even}
          cache: \(cache)
          """, name: "cached.yaml"))
  }

  private static func replay(
    _ trace: SmallTrace, _ cache: String, ranks: Int = 1, storage: String = storage, threads: Int = 2
  ) throws -> (result: PolicyResult, baseline: PolicyResult) {
    let setting = try Fixture.setting(trace, ranks: ranks, ranksPerNode: min(ranks, 2), extra: storage)
    let policies = try Fixture.replay(trace, [policy(cache)], threads: threads, setting: setting).policies
    return (policies[1], policies[0])
  }

  private static func cache(_ trace: SmallTrace, _ cache: String, ranks: Int = 1) throws -> PolicyResult.Cache {
    try #require(try replay(trace, cache, ranks: ranks).result.cache)
  }

  /// Two layers, one expert a token, room for two: a0 b0, a1 b0, a0 b0. Four misses, of which three come ahead while a
  /// layer computes.
  @Test func `the worked example waits for four fetches, and knowing the next layer for three layers less`() throws {
    let trace = SmallTrace(layers: 2, experts: 2, topK: 1, steps: 3, tokens: 1)
      .visiting([[0, 0], [1, 0], [0, 0]])
    // An expert is 3.1 MB: 335 us from the host, and 1 us from the GPU's memory.
    let fetch = 20 + 3 * 1024 * 512 * 2 / 10e3
    for kind in ["blocking", "overlapped"] {
      let (demand, before) = try Self.replay(
        trace, "{expertsPerRank: 2, replacement: {kind: lru}, fetch: \(kind)}")
      let layer = before.time.total / 6
      #expect(abs(try #require(demand.time.stall) - 4 * fetch) < 1e-6)
      #expect(abs(demand.time.total - before.time.total - 4 * fetch) < 1e-6)
      let (ahead, _) = try Self.replay(
        trace, "{expertsPerRank: 2, replacement: {kind: lru}, prefetch: {kind: next-layer}, fetch: \(kind)}")
      #expect(abs(try #require(ahead.time.stall) - (4 * fetch - 3 * layer)) < 1e-6)
      let cache = try #require(ahead.cache)
      #expect((cache.accesses, cache.hits, cache.lateHits) == (6, 2, 3))
      #expect(cache.fetchedBytes == 4 * 3 * 1024 * 512 * 2)
      #expect(!ahead.causal && demand.causal)
    }
  }

  @Test(arguments: Replacements.plain.map(\.name), [6, 13, 30])
  func `one rank hits as often as inspect counts`(rule: String, room: Int) throws {
    let trace = SmallTrace(layers: 3, experts: 16, topK: 2, steps: 90, tokens: 2)
    let survey = try #require(
      try TraceInspection(trace.source(), residents: [room]) { nil }.caches?.first)
    let cache = try Self.cache(trace, "{expertsPerRank: \(room), replacement: {kind: \(rule)}}")
    let known = try #require(survey.rules.first { $0.rule == rule })
    #expect((cache.hits, cache.accesses) == (known.hits, survey.accesses))
    #expect(cache.minimumHits == survey.minimum.hits)
    #expect(cache.residentExpertsPerRank == room)
    #expect(abs(cache.gap - (survey.minimum.hitRate - known.hitRate)) < 1e-12)
  }

  @Test func `the yardstick has the hits that are counted without looking ahead`() throws {
    let trace = SmallTrace(layers: 3, experts: 16, topK: 2, steps: 90, tokens: 1)
    for ranks in [1, 4] {
      let cache = try Self.cache(trace, "{expertsPerRank: 7, replacement: {kind: minimum}}", ranks: ranks)
      #expect(cache.hits == cache.minimumHits && cache.gap == 0)
    }
  }

  @Test(arguments: [1, 2, 4])
  func `with room for all only what comes first is waited for`(ranks: Int) throws {
    let trace = SmallTrace(steps: 20)
    let (result, before) = try Self.replay(
      trace, "{expertsPerRank: 1000, replacement: {kind: lru}}", ranks: ranks)
    let cache = try #require(result.cache)
    let visited = Set(
      (0..<3).flatMap { layer in
        trace.steps.flatMap { $0.experts[layer * 80..<(layer + 1) * 80].map { [layer, Int($0)] } }
      })
    #expect(cache.accesses - cache.hits == visited.count)
    #expect(cache.residentExpertsPerRank == 48)
    #expect(abs(result.time.total - before.time.total - (try #require(result.time.stall))) < 1e-6)
    #expect(result.time.comm == before.time.comm)
  }

  @Test func `no threads and no other policies beside change a byte`() throws {
    let trace = SmallTrace(steps: 60)
    for cache in [
      "{expertsPerRank: 9, replacement: {kind: next-use}, prefetch: {kind: previous-layer, depth: 2}, fetch: overlapped}",
      "{expertsPerRank: 9, replacement: {kind: minimum}, prefetch: {kind: next-layer, accuracy: 0.5}}",
    ] {
      let one = try Self.replay(trace, cache, ranks: 2, threads: 1).result
      #expect(try Self.replay(trace, cache, ranks: 2, threads: 7).result == one)
    }
  }

  @Test func `computing what is there while the rest comes is never slower`() throws {
    let trace = SmallTrace(steps: 40)
    for ranks in [1, 4] {
      let times = try ["blocking", "overlapped"].map {
        try Self.replay(trace, "{expertsPerRank: 20, replacement: {kind: lru}, fetch: \($0)}", ranks: ranks)
          .result.time.total
      }
      #expect(times[1] < times[0])
    }
  }

  @Test func `a host that computes is asked as its rule says`() throws {
    let trace = SmallTrace(steps: 40, tokens: 3)
    func replay(_ rule: String, flops: String) throws -> PolicyResult {
      try Self.replay(
        trace, "{expertsPerRank: 10, replacement: {kind: lru}, onMiss: \(rule)}",
        storage: "storage: {host: {bandwidth: 10 GB/s, latency: 20 us, flops: \(flops), memoryBandwidth: 100 GB/s}}"
      ).result
    }
    let (fetch, host) = try (replay("fetch", flops: "1 TFLOP/s"), replay("host-compute", flops: "1 TFLOP/s"))
    #expect(fetch.cache?.hostComputed == 0)
    #expect(host.cache?.fetchedBytes == 0 && host.cache?.hits == 0)
    #expect(host.cache?.hostComputed == host.cache?.accesses)
    // A fast host is always asked, one that takes a second for an expert never.
    #expect(try replay("cheapest", flops: "1 TFLOP/s").time.total < fetch.time.total)
    let never = try replay("cheapest", flops: "0.001 GFLOP/s")
    #expect(never.cache == fetch.cache && never.time == fetch.time)
  }

  /// 3.1 MB at 100 GB/s of memory, 2 · 5 · 1.6 million operations at 10 MFLOP/us, and 5 tokens of 2 kB both ways.
  @Test func `a host takes what its memory or its cores take, and the tokens' way`() throws {
    let host = StorageDevice(bandwidth: 10e3, flopRate: 10e6, memoryBandwidth: 100e3)
    let model = try Fixture.model(experts: 8, topK: 2, layers: 2)
    let compute = try #require(HostCompute(host, model: model))
    let parameters = 3.0 * 1024 * 512
    #expect(abs(compute.time(tokens: 5) - (parameters * 2 / 100e3 + 5 * 4096 / 10e3)) < 1e-9)
    #expect(abs(compute.time(tokens: 500) - (1000 * parameters / 10e6 + 500 * 4096 / 10e3)) < 1e-9)
    #expect(HostCompute(StorageDevice(bandwidth: 10e3), model: model) == nil)
  }

  @Test func `ranks of a node share its disks`() throws {
    let trace = SmallTrace(steps: 20)
    let stalls = try [1, 2].map { ranks in
      try Self.replay(
        trace, "{expertsPerRank: 1000, replacement: {kind: lru}}", ranks: ranks,
        storage: "storage: {ssd: {bandwidth: 10 GB/s}}"
      ).result.time.stall ?? 0
    }
    // Half as many experts each, and half of the bandwidth.
    #expect(abs(stalls[1] / stalls[0] - 1) < 0.2)
  }

  @Test func `loads of counts have what they visit at hand`() throws {
    let trace = SmallTrace(steps: 30, tokens: 2)
    let tokens = try Self.cache(trace, "{expertsPerRank: 12, replacement: {kind: lfu}}")
    let counts = try Self.cache(trace.counted, "{expertsPerRank: 12, replacement: {kind: lfu}}")
    #expect(counts.accesses == tokens.accesses)
    #expect(counts.hits > 0)
  }

  @Test func `stalls are what layers are bound by`() throws {
    let result = try Self.replay(SmallTrace(steps: 20), "{expertsPerRank: 2, replacement: {kind: lru}}").result
    #expect(result.boundBy?.fetch == 1)
    #expect(result.boundBy?.communication == 0)
    let without = try Fixture.replay(SmallTrace(), [Fixture.policy("eplb")]).policies
    #expect(without.allSatisfy { $0.boundBy?.fetch == nil && $0.cache == nil && $0.time.stall == nil })
  }

  @Test func `what is at hand does not know what comes`() throws {
    let trace = SmallTrace(layers: 2, experts: 16, steps: 150, tokens: 3)
    for kind in Replacements.plain.map(\.name) {
      let policy = try Self.policy(
        "{expertsPerRank: 9, replacement: {kind: \(kind)}, prefetch: {kind: previous-layer}}")
      let courses = try [trace, trace.turned(step: 140)].map { trace in
        let job = ReplayJob(
          setting: try Fixture.setting(trace, ranks: 1, ranksPerNode: 1, extra: Self.storage), policies: [policy],
          threads: 2, open: { trace.source() })
        let courses = try ReplayPass([job], threads: 2, open: { trace.source() })
          .run(on: trace.source(), keepsCourses: true).courses
        return courses[0][0][1].time.totalPerStep
      }
      #expect(courses[0][..<140] == courses[1][..<140])
      #expect(courses[0] != courses[1])
    }
  }

  @Test(arguments: [
    ("{expertsPerRank: 1, replacement: {kind: lru}}", "room for 1 experts, but a token visits 2"),
    ("{memory: 1 MB, replacement: {kind: lru}}", "room for 0 experts"),
    ("{expertsPerRank: 2, replacement: {kind: lru-per-layer}}", "each of 3 layers"),
    ("{expertsPerRank: 9, replacement: {kind: lru}, prefetch: {kind: previous-layer, depth: 3}}", "3 layers ahead"),
    ("{expertsPerRank: 9, replacement: {kind: lru}, onMiss: cheapest}", "storage.host.flops"),
  ])
  func `what does not fit the trace is one line`(cache: String, says: String) throws {
    let error = #expect(throws: InputError.self) { try Self.replay(SmallTrace(), cache) }
    #expect(error?.description.contains(says) == true, "\(error?.description ?? "")")
  }

  @Test func `what experts are loaded from has to be stated`() throws {
    let error = #expect(throws: InputError.self) {
      try Self.replay(SmallTrace(), "{expertsPerRank: 9, replacement: {kind: lru}}", storage: "")
    }
    #expect(error?.description.contains("storage") == true)
  }

  @Test func `counts have no sequences, replicas no known future, and plans on the way no cache`() throws {
    #expect(throws: InputError.self) {
      try Self.replay(
        SmallTrace().counted, "{expertsPerRank: 9, replacement: {kind: lru}, prefetch: {kind: sequence-match}}")
    }
    let setting = try Fixture.setting(SmallTrace(), ranks: 4, extra: Self.storage)
    let replicas = try BalancingPolicy(
      name: "replicas", planner: EPLBPlanner(slotBudget: .redundant(4)), predictor: OraclePredictor.recipe,
      schedule: RebalanceSchedule(.initial),
      cache: CacheRecipe(room: .experts(9), replacement: Replacements.registry.named("minimum")))
    #expect(throws: InputError.self) { try Fixture.replay(SmallTrace(), [replicas], setting: setting) }
    #expect(throws: InputError.self) {
      try BalancingPolicy(
        name: "moves", planner: StripedPlanner(), schedule: RebalanceSchedule(.every(steps: 4)),
        cache: CacheRecipe(replacement: Replacements.registry.named("lru")))
    }
  }

  @Test func `sequences that are not told apart are said to be one`() throws {
    let setting = try Fixture.setting(SmallTrace(), ranks: 1, ranksPerNode: 1, extra: Self.storage)
    let policy = try Self.policy("{expertsPerRank: 9, replacement: {kind: activation-aware}}")
    let notes = try Fixture.replay(SmallTrace(), [policy], setting: setting).notes
    #expect(notes.contains { $0.contains("does not tell sequences apart") })
  }

  @Test func `layers that share room are no shards`() throws {
    let trace = SmallTrace()
    let job = ReplayJob(
      setting: try Fixture.setting(trace, ranks: 1, ranksPerNode: 1, extra: Self.storage),
      policies: [try Self.policy("{expertsPerRank: 9, replacement: {kind: lru}}")], threads: 1,
      open: { trace.source() })
    let error = #expect(throws: InputError.self) { try job.shard(0..<1, of: trace.source()) }
    #expect(error?.description.contains("cache") == true)
  }

  @Test func `one rank, which sends nothing, has a steady state and intervals of its total`() throws {
    let trace = SmallTrace(steps: 60)
    let setting = try Fixture.setting(trace, ranks: 1, ranksPerNode: 1, extra: Self.storage)
    let policies = try [6, 20].map { room in
      var policy = try Self.policy("{expertsPerRank: \(room), replacement: {kind: lru}}")
      policy.name = "\(room)"
      return policy
    }
    let job = ReplayJob(
      setting: setting, baseline: policies[0], policies: [policies[1]], seed: 0, threads: 2, open: { trace.source() })
    let result = try job.run(on: trace.source()).result
    let policy = result.policies[1]
    #expect(policy.improvement.totalLow != nil && policy.improvement.commLow == nil)
    #expect(policy.steady?.totalLow != nil && policy.steady?.comm == 0 && policy.steady?.commLow == nil)
    #expect(policy.improvement.noInterval == nil && policy.steady?.noInterval == nil)
    #expect(!result.notes.contains { $0.contains("takes no time") })
  }
}
