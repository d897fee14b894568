import Diagnostics
import Foundation
import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Layers that are replayed apart and put together make the same bytes as a whole replay.
@Suite struct LayerShardTests {
  private func policies() throws -> [BalancingPolicy] {
    try [
      Fixture.policy("random", planner: "{kind: random, seed: 1}", schedule: "{kind: initial}"),
      Fixture.policy(
        "foreseen", predictor: "{kind: oracle}", planner: "{kind: eplb, redundantSlotsPerRank: 1}",
        schedule: "{kind: initial}"),
      Fixture.policy(
        "uneven", predictor: "{kind: oracle}", planner: "{kind: fractional, redundantSlotsPerRank: 1}",
        schedule: "{kind: initial}", dispatch: "{kind: optimal}"),
      Fixture.policy(
        "stale", predictor: "{kind: oracle}", planner: "{kind: eplb, redundantSlotsPerRank: 1}",
        schedule: "{kind: initial}", dispatch: "{kind: optimal, from: last}"),
      Fixture.policy(
        "expecting", predictor: "{kind: oracle}", planner: "{kind: eplb, redundantSlotsPerRank: 1}",
        schedule: "{kind: initial}", dispatch: "{kind: optimal, from: prediction}"),
    ]
  }

  private func job(
    _ trace: SmallTrace, _ policies: [BalancingPolicy], repeats: Int = 1, threads: Int = 2
  ) throws -> ReplayJob {
    ReplayJob(
      setting: try Fixture.setting(trace), policies: policies, seed: 3, threads: threads, repeats: repeats,
      open: { trace.source() })
  }

  private func bytes(_ result: ReplayResult) throws -> Data {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    return try encoder.encode(result)
  }

  /// `layers` cut at random, some of the parts empty.
  private func cuts(of layers: Int, into parts: Int, seed: UInt64) -> [Range<Int>] {
    var random = SeededGenerator(seed: seed)
    let places = [0] + (1..<parts).map { _ in random.below(layers + 1) }.sorted() + [layers]
    return zip(places, places.dropFirst()).map { $0..<$1 }
  }

  @Test(arguments: 0..<6 as Range<UInt64>) func `any cut of the layers comes to the same`(seed: UInt64) throws {
    let whole = SmallTrace(layers: 5, steps: 12 + Int(seed), tokens: 60, seed: seed)
    for trace in [whole, whole.counted] {
      let policies = try trace.header.content == .tokens ? policies() : Array(policies().dropLast(3))
      let job = try job(trace, policies, repeats: seed == 0 ? 2 : 1, threads: 1 + Int(seed) % 3)
      let expected = try bytes(try job.run())
      for parts in 1...4 {
        let shards = try cuts(of: 5, into: parts, seed: seed + UInt64(parts)).map { layers in
          try job.shard(layers, of: trace.source())
        }
        #expect(try bytes(try job.merge(shards.reversed(), on: trace.source())) == expected)
      }
    }
  }

  /// What recovery and plans go by is the load of all layers, also where some of them are replayed elsewhere.
  @Test(arguments: 0..<4 as Range<UInt64>) func `any cut comes to the same where ranks come and go`(seed: UInt64) throws
  {
    let trace = SmallTrace(layers: 4, steps: 18, tokens: 60, seed: seed)
    let changes = ["\"0 leave 7\"", "\"5 fail 3\"", "\"9 join 3,7\"", "\"9 leave 4,5\"", "\"14 fail 0\""]
    let tiers = "{host: {bandwidth: 55 GB/s, capacity: 100 MB}, ssd: {bandwidth: 5 GB/s}}"
    let extra =
      "storage: \(tiers)\nelastic: {recovery: \(seed % 2 == 0 ? "replan" : "patch")}"
      + "\nchanges: [\(changes.joined(separator: ", "))]"
    let planner = "{kind: eplb, redundantSlotsPerRank: 2}"
    let policies = try [
      Fixture.policy("spare", planner: "{kind: static, redundantSlotsPerRank: 2}", schedule: "{kind: never}"),
      Fixture.policy("foreseen", predictor: "{kind: oracle}", planner: planner, schedule: "{kind: initial}"),
      Fixture.policy(
        "trying", predictor: "{kind: oracle}", planner: "{kind: best, redundantSlotsPerRank: 2}",
        schedule: "{kind: initial}", dispatch: "{kind: weighted}"),
      Fixture.policy(
        "stale", predictor: "{kind: oracle}", planner: planner, schedule: "{kind: initial}",
        dispatch: "{kind: optimal, from: last}"),
    ]
    let job = ReplayJob(
      setting: try Fixture.setting(trace, ranks: 8, ranksPerNode: 4, extra: extra), baseline: policies[0],
      policies: Array(policies.dropFirst()), seed: 3, threads: 2, open: { trace.source() })
    let whole = try job.run()
    #expect(whole.policies.allSatisfy { $0.changes?.count == 5 && $0.time.interruption ?? 0 > 0 })
    for parts in 2...4 {
      let shards = try cuts(of: 4, into: parts, seed: seed + UInt64(parts)).map { layers in
        try job.shard(layers, of: trace.source())
      }
      #expect(try bytes(try job.merge(shards, on: trace.source())) == bytes(whole))
    }
  }

  @Test func `a policy that plans on the way is refused`() throws {
    let trace = SmallTrace()
    for schedule in [
      "{kind: every, steps: 4}", "{kind: once, at: 3}", "{kind: threshold, balancedness: 0.9, checkEvery: 2}",
    ] {
      let job = try job(trace, [try Fixture.policy("restless", schedule: schedule)])
      let error = #expect(throws: InputError.self) { try job.shard(0..<1, of: trace.source()) }
      #expect(
        error?.description
          == "policy restless: plans on the way, when the time of all layers decides what has arrived: its layers are "
          + "replayed together")
    }
  }

  @Test func `shards that lack a layer, or have one twice, make up nothing`() throws {
    let trace = SmallTrace()
    let job = try job(trace, [policies()[0]])
    let shards = try [0..<1, 1..<2, 2..<3, 0..<2].map { try job.shard($0, of: trace.source()) }
    for wrong in [[0, 1], [1, 2], [0, 1, 2, 3], [0, 2], []] {
      #expect(throws: InputError.self) { try job.merge(wrong.map { shards[$0] }, on: trace.source()) }
    }
    #expect(try job.merge([shards[3], shards[2]], on: trace.source()) == job.run())
  }

  @Test func `shards of a shorter or a longer recording, or of other ranks, make up nothing`() throws {
    let (short, long) = (SmallTrace(steps: 12), SmallTrace(steps: 24))
    let policies = [try policies()[0]]
    let (ofShort, ofLong) = (try job(short, policies), try job(long, policies))
    let wide = ReplayJob(
      setting: try Fixture.setting(long, ranks: 8), policies: policies, seed: 3, threads: 2, open: { long.source() })
    #expect(throws: InputError.self) { try ofLong.merge([ofShort.shard(0..<3, of: short.source())], on: long.source()) }
    #expect(throws: InputError.self) { try ofShort.merge([ofLong.shard(0..<3, of: long.source())], on: short.source()) }
    #expect(throws: InputError.self) { try ofLong.merge([wide.shard(0..<3, of: long.source())], on: long.source()) }
  }

  @Test func `every figure of an outcome is carried`() {
    var outcome = LayerOutcome()
    var number = 0.5
    outcome.expertCost = ExpertCost()
    outcome.cost.rounds = 0
    outcome.forEachFigure {
      number += 1
      $0 = number.rounded(.down)
    }
    outcome.isDecode = true
    #expect(LayerOutcome(figures: outcome.figures).figures == outcome.figures)
    // A figure that is added to an outcome has to be added to `forEachFigure`, too.
    #expect(leaves(outcome) == LayerOutcome.figureCount)
  }

  private func leaves(_ value: Any) -> Int {
    let mirror = Mirror(reflecting: value)
    return mirror.children.isEmpty ? 1 : mirror.children.reduce(0) { $0 + leaves($1.value) }
  }
}
