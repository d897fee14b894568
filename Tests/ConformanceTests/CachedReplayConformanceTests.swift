import Diagnostics
import ExpertReplay
import Foundation
import TestTraces
import Testing

/// Replays of recorded decoding with caches, one token at a time, against hits that were computed apart.
@Suite struct CachedReplayConformanceTests {
  @Test(arguments: [
    (
      recording: "gpt-oss-20b-decode", model: "gpt-oss-20b", skip: 8,
      hits: ["lru": 93_168, "lru-per-layer": 105_118, "lfu": 90_288, "minimum": 145_878], room: 153
    ),
    (
      "esft-law", "deepseek-v2-lite", 0,
      ["lru": 127_329, "lru-per-layer": 133_174, "lfu": 118_664, "minimum": 208_434], 332
    ),
  ])
  func `hits of 2,000 tokens`(recording: String, model: String, skip: Int, hits: [String: Int], room: Int) throws {
    let open = {
      let imported = try Imports.named("routed-experts")
        .open([Shared.path("traces/\(recording).npz")], options: ImportOptions())
      return FirstSteps(2000, of: try imported.steps(batching: .decode(sequences: 1, skip: skip))) as any StepSource
    }
    let setting = try ReplaySetting(
      header: open().header,
      cluster: Fixture.cluster(ranks: 1, ranksPerNode: 1, extra: "storage: {host: {bandwidth: 25 GB/s}}"),
      model: ModelShape(named: model))
    let policies = try hits.keys.sorted().map { rule in
      try BalancingPolicy(
        name: rule, planner: StaticPlanner(), schedule: RebalanceSchedule(.never),
        cache: CacheRecipe(room: .experts(room), replacement: Replacements.registry.named(rule)))
    }
    let job = ReplayJob(setting: setting, policies: policies, seed: 0, threads: 2, open: open)
    for policy in try job.run(on: open()).result.policies.dropFirst() {
      let cache = try #require(policy.cache)
      #expect(cache.hits == hits[policy.name], "\(policy.name)")
      #expect(cache.minimumHits == hits["minimum"])
      // One rank computes nothing while it waits: every miss is a fetch that its layer waits for.
      let misses = Double(cache.accesses - cache.hits)
      let fetch = setting.model.expertBytes / 25e3
      #expect(abs(cache.stallTime / (misses * fetch) - 1) < 1e-9)
    }
  }

  /// MoE-Infinity's README: 0.735 s a token of Mixtral on an A5000 of 24 GB, taken to have 18 GB for experts.
  @Test func `mixtral behind PCIe is about as slow as was published`() throws {
    let model = try ModelShape(named: "mixtral-8x7b")
    let fetch = model.expertBytes / 25e3
    let room = Int(18e9 / model.expertBytes)
    #expect(room == 51 && abs(fetch / 1e3 - 14.1) < 0.05)
    let visits = Double(model.moeLayers * model.topK)
    let missed = 1 - Double(room) / Double(model.moeLayers * model.experts)
    #expect(abs(visits * missed * fetch / 1e6 - 0.722) < 0.001)
    #expect(abs(visits * missed * fetch / 1e6 / 0.735 - 1) < 0.3)
  }
}
