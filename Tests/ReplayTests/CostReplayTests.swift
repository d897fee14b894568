import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Dollars and joules of replays follow from their tokens per second.
@Suite struct CostReplayTests {
  private static let price = "cost: {pricePerGPUHour: 2, wattsPerGPU: 700, wattsPerNode: 3000, pricePerKWh: 0.15}"

  private static func setting(_ trace: SmallTrace, cost: String = price, context: Int? = 4096) throws -> ReplaySetting {
    var model = try Fixture.model(experts: 16, topK: 2, layers: 3)
    model.attention = AttentionShape(heads: 16, headSize: 64)
    let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2, extra: cost)
    return try ReplaySetting(header: trace.header, cluster: cluster, model: model, context: context)
  }

  /// Everything that takes time takes a part of it.
  private static func cluster(speed: Double) throws -> Cluster {
    func latencies(_ time: Double) -> String { "dispatchLatency: \(time) us, combineLatency: \(time) us" }
    return try Cluster(
      settings: Settings(
        parsing: """
          name: fast
          ranks: 4
          ranksPerNode: 2
          allToAll: port
          scaleUp: {bandwidth: \(200 * speed) GB/s, \(latencies(10 / speed))}
          scaleOut: {bandwidth: \(50 * speed) GB/s, \(latencies(25 / speed))}
          gpu:
            memory: 80 GB
            hbm: \(3 * speed) TB/s
            bf16: \(900 * speed) TFLOP/s
            launch: \(6 / speed) us
            decodeLaunch: \(10 / speed) us
          \(price)
          """, name: "fast.yaml"))
  }

  private static func isClose(_ one: Double?, _ other: Double?) -> Bool {
    guard let one, let other else { return false }
    return abs(one - other) <= 1e-12 * max(abs(one), abs(other))
  }

  @Test func `each policy costs what its own tokens per second cost, and saves what the baseline costs more`() throws {
    let trace = SmallTrace()
    let result = try Fixture.replay(trace, [try Fixture.policy("eplb")], setting: Self.setting(trace))
    #expect(result.policies.count == 2)
    for policy in result.policies {
      let tokensPerSecond = try #require(policy.serving).tokensPerSecond
      let cost = try #require(policy.cost)
      #expect(Self.isClose(cost.perMillionTokens, 2 * 4 / 3600.0 / tokensPerSecond * 1e6))
      #expect(Self.isClose(cost.joulesPerToken, (4 * 700 + 2 * 3000) / tokensPerSecond))
      #expect(
        Self.isClose(cost.electricityPerMillionTokens, (4 * 700 + 2 * 3000) / tokensPerSecond / 3.6e6 * 0.15 * 1e6))
      #expect(Self.isClose(cost.tokensPerSecondPerDollar, tokensPerSecond / 8))
    }
    let (before, after) = (try #require(result.policies[0].cost), try #require(result.policies[1].cost))
    #expect(before.savedPerMillionTokens == nil && before.perMillionTokens != after.perMillionTokens)
    #expect(after.savedPerMillionTokens == before.perMillionTokens - after.perMillionTokens)
  }

  @Test func `idle power goes by the greater of the two utilisations`() throws {
    let trace = SmallTrace()
    let idle = "cost: {pricePerGPUHour: 2, wattsPerGPU: 700, idleWatts: 100}"
    let result = try Fixture.replay(trace, [], setting: Self.setting(trace, cost: idle))
    let serving = try #require(result.policies[0].serving)
    let utilisation = try max(#require(serving.memoryUtilisation), serving.flopUtilisation)
    #expect(0.001..<1 ~= utilisation)
    let watts = 4 * (100 + 600 * utilisation)
    #expect(Self.isClose(result.policies[0].cost?.joulesPerToken, watts / serving.tokensPerSecond))
    #expect(result.notes.contains { $0.contains("straight line from idleWatts to wattsPerGPU") })
    let without = try Fixture.replay(trace, [], setting: Self.setting(trace))
    #expect(!without.notes.contains { $0.contains("idleWatts") })
  }

  @Test func `two identical policies save nothing`() throws {
    let trace = SmallTrace()
    let (one, other) = (try Fixture.policy("one"), try Fixture.policy("other"))
    let job = ReplayJob(
      setting: try Self.setting(trace), baseline: one, policies: [other], seed: 0, threads: 2,
      open: { trace.source() })
    let result = try job.run(on: trace.source()).result
    #expect(result.policies[1].rebalances.count > 0)
    #expect(result.policies[1].cost?.savedPerMillionTokens == 0)
  }

  @Test func `on a machine that is twice as fast in all, tokens cost half the dollars and half the energy`() throws {
    let trace = SmallTrace()
    func cost(speed: Double) throws -> (step: Double, cost: ServingCost) {
      let setting = try ReplaySetting(
        header: trace.header, cluster: Self.cluster(speed: speed), model: Self.setting(trace).model, context: 4096)
      let policy = try Fixture.replay(trace, [try Fixture.policy("eplb")], setting: setting).policies[1]
      return (try #require(policy.serving).stepTime, try #require(policy.cost))
    }
    let (slow, fast) = (try cost(speed: 1), try cost(speed: 2))
    #expect(Self.isClose(fast.step * 2, slow.step))
    #expect(Self.isClose(fast.cost.perMillionTokens * 2, slow.cost.perMillionTokens))
    #expect(Self.isClose(fast.cost.joulesPerToken.map { $0 * 2 }, slow.cost.joulesPerToken))
    #expect(Self.isClose(fast.cost.tokensPerSecondPerDollar, slow.cost.tokensPerSecondPerDollar * 2))
  }

  @Test func `no price, no cost; no context, a refusal`() throws {
    let trace = SmallTrace()
    let free = try Fixture.replay(trace, [], setting: Self.setting(trace, cost: ""))
    #expect(free.policies[0].serving != nil && free.policies[0].cost == nil)
    try Self.setting(trace, cost: "", context: nil).requireContextForCost()
    let error = #expect(throws: (any Error).self) {
      try Self.setting(trace, context: nil).requireContextForCost()
    }
    #expect("\(try #require(error))".contains("cost: needs the tokens per second of --context"))
  }

  @Test func `steps of both phases have no cost, and a note says so`() throws {
    let trace = SmallTrace()
    var steps = trace.steps
    steps[0].phase = .prefill
    let setting = try Self.setting(trace)
    let job = ReplayJob(setting: setting, baseline: .static, policies: [], seed: 0, threads: 2)
    let result = try job.run(on: StoredSteps(header: trace.header, steps: steps)).result
    #expect(result.policies[0].serving == nil && result.policies[0].cost == nil)
    #expect(result.notes.contains { $0.hasPrefix("There are no tokens per second, and so no cost") })
  }
}
