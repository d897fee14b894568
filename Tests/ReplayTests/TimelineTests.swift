import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// A timeline's ranks, layers and steps add up to what the replay prices.
@Suite struct TimelineTests {
  private static let trace = SmallTrace(steps: 20)

  private static func policies(_ trace: SmallTrace) throws -> [BalancingPolicy] {
    [
      try Fixture.policy("blocking", schedule: "{kind: every, steps: 3, migration: blocking}"),
      try Fixture.policy("chunked", schedule: "{kind: every, steps: 6, migration: blocking, layersPerStep: 1}"),
      try Fixture.policy("arriving", schedule: "{kind: every, steps: 3, migration: overlapped}"),
      try Fixture.policy(
        "sharing", schedule: "{kind: every, steps: 3, migration: {kind: overlapped, bandwidthShare: 0.5}}"),
      try Fixture.policy(
        "slow",
        predictor: trace.header.content == .counts
          ? "{kind: last}"
          : "{kind: learned, given: nothing, steps: 4, overheadMicroseconds: 3}",
        schedule: "{kind: every, steps: 5}"),
      try Fixture.policy("deployed", predictor: "{kind: oracle}", schedule: "{kind: initial}"),
    ]
  }

  private static func settings(_ trace: SmallTrace, _ overlap: String) throws -> [ReplaySetting] {
    let first = try Fixture.setting(trace, extra: "overlap: \(overlap)")
    var faster = first.cluster
    faster.name = "faster"
    faster.scaleOut?.dispatchBandwidth *= 4
    return [
      first, try ReplaySetting(header: trace.header, cluster: faster, model: first.model),
      try Fixture.setting(trace, ranks: 8, ranksPerNode: 4, extra: "overlap: \(overlap)"),
    ]
  }

  static func replay(
    _ trace: SmallTrace = trace, overlap: String = "none", steps: Range<Int> = 0..<20, threads: Int = 2,
    byLayer: Bool = false
  ) throws -> (shown: [StepTimeline], told: [StepResult], results: [ReplayResult]) {
    let job = ReplayJob(
      on: try settings(trace, overlap), policies: try policies(trace), threads: threads, open: { trace.source() })
    var shown: [StepTimeline] = []
    var told: [StepResult] = []
    let results = try job.runOnAll(
      trace.source(), observer: StepObserver(byLayer: byLayer) { told.append($0) },
      timeline: TimelineObserver(steps: steps) { shown.append($0) }
    ).results
    return (shown, told, results)
  }

  private static func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-9 * max(abs(a), abs(b)) }

  @Test(arguments: ["none", "full", "{fraction: 0.7, derate: 0.8}", "{fraction: 0.7, derate: 0.8, computeDerate: 0.6}"])
  func `steps and layers take what the replay tells of them`(overlap: String) throws {
    let (shown, steps, _) = try Self.replay(overlap: overlap)
    let layers = try Self.replay(overlap: overlap, byLayer: true).told
    #expect(shown.count == steps.count && layers.count == 3 * steps.count)
    for (index, step) in shown.enumerated() {
      let told = steps[index]
      #expect(step.policy == told.policy.name && step.number == told.step && step.cluster == told.cluster)
      #expect(Self.isClose(step.total, told.policy.time.total))
      #expect(Self.isClose(step.stall, told.policy.time.migration ?? 0))
      let parts = step.layers.map { $0.prediction + LayerCourse(of: $0.time, $0.overlap).combine.upperBound }
      #expect(Self.isClose(step.stall + parts.reduce(0, +), step.total))
      for (layer, part) in zip(layers[3 * index..<3 * index + 3], zip(step.layers, parts)) {
        #expect(layer.layer == part.0.number && Self.isClose(part.1, layer.policy.time.total))
        #expect(Self.isClose(part.0.time.dispatch, layer.policy.time.dispatch))
        #expect(Self.isClose(part.0.prediction, layer.policy.time.prediction ?? 0))
        #expect(Self.isClose(part.0.balancedness ?? 0, layer.policy.balancedness.rank ?? 0))
      }
    }
    #expect(shown.contains { $0.stall > 0 } && shown.contains { $0.layers[0].prediction > 0 })
  }

  @Test(arguments: [false, true]) func `ranks are within their layer, and the last one takes all of it`(counted: Bool)
    throws
  {
    let trace = counted ? Self.trace.counted : Self.trace
    let (shown, steps, _) = try Self.replay(trace)
    var differing = 0
    for (step, told) in zip(shown, steps) {
      var (visits, dispatched, combined) = (0.0, 0.0, 0.0)
      for layer in step.layers {
        #expect(layer.ranks.count == step.cluster.ranks)
        for (path, time) in [
          (\StepTimeline.Rank.dispatch, layer.time.dispatch), (\.experts, layer.time.experts),
          (\.combine, layer.time.combine),
        ] {
          #expect(layer.ranks.map { $0[keyPath: path] }.max() == time && time > 0)
          #expect(layer.ranks.allSatisfy { $0[keyPath: path] >= 0 })
        }
        differing += Set(layer.ranks.map(\.experts)).count > 1 && Set(layer.ranks.map(\.dispatch)).count > 1 ? 1 : 0
        visits += layer.ranks.reduce(0) { $0 + $1.visits }
        dispatched += layer.ranks.reduce(0) { $0 + $1.sentBytes }
        combined += layer.ranks.reduce(0) { $0 + $1.returnedBytes }
        #expect(
          Self.isClose(layer.ranks.reduce(0) { $0 + $1.receivedBytes }, layer.ranks.reduce(0) { $0 + $1.sentBytes }))
      }
      #expect(Self.isClose(visits, 3 * 40 * 2))
      let bytes = told.policy.traffic.scaleUpBytes + told.policy.traffic.scaleOutBytes
      #expect(Self.isClose(dispatched, bytes) && Self.isClose(combined, bytes))
    }
    #expect(differing > shown.count)
  }

  @Test func `moves and plans are those of the replay`() throws {
    let (shown, _, results) = try Self.replay()
    func steps(_ policy: String) -> [StepTimeline] { shown.filter { $0.machine == 0 && $0.policy == policy } }
    func moved(_ policy: String) -> Int? {
      results[0].policies.first { $0.name == policy }?.rebalances.movedExperts
    }
    for policy in ["blocking", "chunked"] {
      let arrived = steps(policy).reduce(0) { $0 + $1.arrivals.reduce(0, +) }
      #expect(arrived == moved(policy) && arrived > 0)
      #expect(steps(policy).allSatisfy { ($0.stall > 0) == ($0.arrivals.reduce(0, +) > 0) && $0.moves.isEmpty })
    }
    // A layer of a plan is sent until nothing is left, and serves from the next step on.
    for policy in ["arriving", "sharing"] {
      let steps = steps(policy)
      #expect(steps.contains { !$0.moves.isEmpty } && steps.allSatisfy { $0.stall == 0 })
      for (step, next) in zip(steps, steps.dropFirst()) {
        for move in step.moves where move.left == 0 {
          #expect(next.layers[move.layer].plan >= move.plan && step.layers[move.layer].plan < move.plan)
        }
        for move in step.moves where move.left > 0 { #expect(next.layers[move.layer].plan < move.plan) }
        for (move, after) in zip(step.moves, step.moves.dropFirst()) { #expect(move.end <= after.start + 1e-9) }
        #expect(step.moves.allSatisfy { $0.start >= 0 && $0.start < $0.end && $0.end <= step.total * (1 + 1e-12) })
      }
      let arrived = steps.flatMap(\.moves).filter { $0.left == 0 }.reduce(0) { $0 + $1.experts }
      let underway = Set(steps.flatMap(\.moves).map { "\($0.plan) \($0.layer)" }).count
      #expect(arrived > 0 && arrived <= moved(policy) ?? 0 && underway > 3)
    }
    let plans = steps("blocking").flatMap(\.plansBegun)
    #expect(plans == Array(1...(results[0].policies.first { $0.name == "blocking" }?.rebalances.count ?? 0)))
    #expect(steps("deployed").allSatisfy { $0.layers.allSatisfy { $0.plan == 1 } })
    #expect(steps("deployed")[0].plansBegun == [1] && steps("static").allSatisfy { $0.plansBegun.isEmpty })
    #expect(steps("static").allSatisfy { $0.layers.allSatisfy { $0.plan == 0 } })
    let served = steps("chunked").flatMap(\.plansInForce)
    #expect(served.allSatisfy { $0.layers == 1 } && served.map(\.plan) == served.map(\.plan).sorted())
  }

  @Test func `moves that wait for idle links lie where no rank communicates`() throws {
    let (shown, _, _) = try Self.replay()
    for step in shown where step.policy == "arriving" {
      for move in step.moves {
        var (now, idle) = (0.0, 0.0)
        for layer in step.layers {
          let course = LayerCourse(of: layer.time, layer.overlap)
          let window = (now + course.dispatch.upperBound, now + course.combine.lowerBound)
          idle += max(0, min(move.end, window.1) - max(move.start, window.0))
          now += course.combine.upperBound
        }
        #expect(Self.isClose(idle, move.sent))
      }
    }
  }

  @Test func `only what is asked for is shown, and asking changes nothing`() throws {
    let (all, told, results) = try Self.replay()
    let (some, same, sameResults) = try Self.replay(steps: 7..<9, threads: 5)
    #expect(told.map(\.policy) == same.map(\.policy) && results == sameResults)
    let expected = all.filter { (7..<9).contains($0.ordinal) }
    #expect(some.count == expected.count && some.count == 2 * 3 * 7)
    #expect(zip(some, expected).allSatisfy { "\($0)" == "\($1)" })
    #expect(try Self.replay(steps: 18..<30).shown.count == 2 * 3 * 7)
    #expect(try Self.replay(steps: 20..<30).shown.isEmpty)
  }
}
