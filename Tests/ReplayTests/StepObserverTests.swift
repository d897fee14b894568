import LoadBalancing
import Replay
import RoutingTrace
import TestTraces
import Testing

/// What single steps come to adds up to what the replay finds.
@Suite struct StepObserverTests {
  private static let trace = SmallTrace(steps: 20)

  private static func policies() throws -> [BalancingPolicy] {
    [
      try Fixture.policy("blocking", schedule: "{kind: every, steps: 3, migration: blocking}"),
      try Fixture.policy("chunked", schedule: "{kind: every, steps: 6, migration: blocking, layersPerStep: 1}"),
      try Fixture.policy("arriving", schedule: "{kind: every, steps: 3, migration: overlapped}"),
      try Fixture.policy("picky", schedule: "{kind: every, steps: 2, minimumGain: 0.05}"),
      try Fixture.policy(
        "slow", predictor: "{kind: learned, given: nothing, steps: 4, overheadMicroseconds: 3}",
        schedule: "{kind: every, steps: 5}", dispatch: "{kind: optimal}"),
      try Fixture.policy("oracle", predictor: "{kind: oracle}"),
    ]
  }

  /// Three machines: two that differ in their links alone, and so share replays, and one of other ranks.
  private static func settings(_ trace: SmallTrace = trace) throws -> [ReplaySetting] {
    let first = try Fixture.setting(trace)
    var faster = first.cluster
    faster.name = "faster"
    faster.scaleOut?.dispatchBandwidth *= 4
    return [
      first, try ReplaySetting(header: trace.header, cluster: faster, model: first.model),
      try Fixture.setting(trace, ranks: 8, ranksPerNode: 4),
    ]
  }

  private static func replay(
    _ trace: SmallTrace = trace, byLayer: Bool = false, threads: Int = 2
  ) throws -> (results: [ReplayResult], steps: [StepResult]) {
    let job = ReplayJob(on: try settings(trace), policies: try policies(), threads: threads, open: { trace.source() })
    var steps: [StepResult] = []
    let observer = StepObserver(byLayer: byLayer) { steps.append($0) }
    return (try job.runOnAll(trace.source(), observer: observer).results, steps)
  }

  /// Rows by machine and policy, in the order in which they were told.
  private static func rows(_ steps: [StepResult], _ machine: ReplayResult.Cluster, _ policy: String) -> [StepResult] {
    steps.filter { $0.cluster == machine && $0.policy.name == policy }
  }

  private static func isClose(_ a: Double?, _ b: Double?) -> Bool {
    guard let a, let b else { return a == nil && b == nil }
    return abs(a - b) <= 1e-9 * max(1, abs(a), abs(b))
  }

  @Test func `percentiles of communication are steps' own, the least that so many steps do not exceed`() throws {
    let (results, steps) = try Self.replay()
    for result in results {
      for policy in result.policies {
        let times = Self.rows(steps, result.cluster, policy.name).map(\.policy.time.comm).sorted()
        let found = try #require(policy.commPerStep)
        for (fraction, percentile) in [(0.5, found.p50), (0.95, found.p95), (0.99, found.p99)] {
          let expected = times.enumerated().first { Double($0.offset + 1) >= fraction * Double(times.count) }
          #expect(Self.isClose(percentile, expected?.element), "\(policy.name) \(fraction)")
        }
        #expect(Self.isClose(found.max, times.last))
      }
    }
  }

  @Test func `steps are told in the order of steps, machines and policies`() throws {
    let (results, steps) = try Self.replay()
    let expected = Self.trace.steps.flatMap { step in
      results.flatMap { result in result.policies.map { "\(step.number) \(result.cluster) \($0.name)" } }
    }
    #expect(steps.map { "\($0.step) \($0.cluster) \($0.policy.name)" } == expected)
    #expect(steps.allSatisfy { $0.tokens == 40 && $0.phase == .decode && $0.layer == nil })
  }

  private static let sums: [(String, @Sendable (PolicyResult) -> Double?)] = [
    ("dispatch", { $0.time.dispatch }), ("experts", { $0.time.experts }), ("combine", { $0.time.combine }),
    ("comm", { $0.time.comm }), ("upper", { $0.time.moeUpper }), ("lower", { $0.time.moeLower }),
    ("total", { $0.time.total }), ("bound", { $0.commBound.time }), ("up", { $0.traffic.scaleUpBytes }),
    ("out", { $0.traffic.scaleOutBytes }), ("count", { Double($0.rebalances.count) }),
    ("moved", { Double($0.rebalances.movedExperts) }), ("bytes", { $0.rebalances.movedBytes }),
    ("skipped", { Double($0.rebalances.skipped) }), ("prediction", { $0.time.prediction ?? 0 }),
  ]
  private static let means: [(String, @Sendable (PolicyResult) -> Double?)] = [
    ("rank", { $0.balancedness.rank }), ("vllm", { $0.balancedness.vllm }), ("sglang", { $0.balancedness.sglang }),
    ("peak", { $0.imbalance.peakToAverage }), ("gap", { $0.optimality?.gap }),
    ("copies", { $0.traffic.copiesPerToken }),
    ("bound", { $0.boundBy?.memory }),
  ]

  @Test func `times, bytes and moves sum to the replay's, and measures of balance average to it`() throws {
    let (results, steps) = try Self.replay()
    for result in results {
      for policy in result.policies {
        let rows = Self.rows(steps, result.cluster, policy.name).map(\.policy)
        #expect(rows.count == Self.trace.steps.count)
        for (name, value) in Self.sums {
          let sum = rows.reduce(0.0) { $0 + (value($1) ?? 0) }
          #expect(Self.isClose(sum, value(policy)), "\(name) of \(policy.name) on \(result.cluster)")
        }
        for (name, value) in Self.means {
          let mean = rows.reduce(0.0) { $0 + (value($1) ?? .nan) } / Double(rows.count)
          #expect(Self.isClose(mean, value(policy)), "\(name) of \(policy.name) on \(result.cluster)")
        }
        let waits = rows.compactMap(\.time.migration)
        if let migration = policy.time.migration { #expect(Self.isClose(waits.reduce(0, +), migration)) }
        #expect(waits.isEmpty == (policy.name == "static"))
      }
    }
    // What the sums are of is there.
    let all = results.flatMap(\.policies)
    #expect(all.contains { $0.rebalances.skipped > 0 } && all.contains { ($0.time.prediction ?? 0) > 0 })
    #expect(all.contains { $0.name == "chunked" && ($0.time.migration ?? 0) > 0 })
  }

  @Test func `a step improves on the baseline's same step`() throws {
    let (results, steps) = try Self.replay()
    for result in results {
      let baseline = Self.rows(steps, result.cluster, "static")
      for policy in result.policies {
        for (step, before) in zip(Self.rows(steps, result.cluster, policy.name), baseline) {
          #expect(step.step == before.step)
          #expect(Self.isClose(step.policy.improvement.total, 1 - step.policy.time.total / before.policy.time.total))
          #expect(step.policy.improvement.totalLow == nil && step.policy.steady == nil)
        }
      }
    }
  }

  @Test func `layers of a step sum to it, but for what it waits for`() throws {
    let (_, steps) = try Self.replay()
    let (_, layers) = try Self.replay(byLayer: true)
    let numbers = Self.trace.header.layerNumbers
    #expect(layers.count == steps.count * numbers.count)
    for (index, step) in steps.enumerated() {
      let mine = Array(layers[index * numbers.count..<(index + 1) * numbers.count])
      #expect(mine.allSatisfy { $0.step == step.step && $0.policy.name == step.policy.name && $0.tokens == 40 })
      #expect(mine.map(\.layer) == numbers.map(Optional.some))
      let total = mine.reduce(0) { $0 + $1.policy.time.total } + (step.policy.time.migration ?? 0)
      #expect(Self.isClose(total, step.policy.time.total), "\(step.policy.name), step \(step.step)")
      let prediction = mine.reduce(0) { $0 + ($1.policy.time.prediction ?? 0) }
      #expect(Self.isClose(prediction, step.policy.time.prediction ?? 0))
      #expect(mine.allSatisfy { $0.policy.time.migration == nil && $0.policy.serving == nil })
    }
  }

  @Test func `who asks changes nothing, nor does the number of threads`() throws {
    let alone = try ReplayJob(
      on: Self.settings(), policies: Self.policies(), threads: 2, open: { Self.trace.source() }
    ).runOnAll(Self.trace.source()).results
    let (results, steps) = try Self.replay()
    let (_, serial) = try Self.replay(threads: 1)
    #expect(results == alone)
    #expect(steps.map(\.policy) == serial.map(\.policy))
  }

  @Test func `an observer that fails ends the replay`() throws {
    struct Failure: Error {}
    let job = ReplayJob(on: try Self.settings(), policies: [], threads: 1)
    #expect(throws: Failure.self) {
      try job.runOnAll(Self.trace.source(), observer: StepObserver { _ in throw Failure() })
    }
  }
}
