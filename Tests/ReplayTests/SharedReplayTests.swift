import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

/// Several machines and jobs over one reading find what each finds alone, to the bit.
@Suite struct SharedReplayTests {
  private let trace = SmallTrace(layers: 4, experts: 16, steps: 20, tokens: 60)

  /// Counts how often a trace is opened.
  private final class Opened {
    var count = 0
    let trace: SmallTrace

    init(_ trace: SmallTrace) { self.trace = trace }

    func open() -> any StepSource {
      count += 1
      return trace.source()
    }
  }

  private func settings() throws -> [ReplaySetting] {
    let cluster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    let model = try Fixture.model(experts: 16, topK: 2, layers: 4)
    return try [1.0, 0.25, 0.01].map { speed in
      var slower = cluster
      slower.scaleUp?.dispatchBandwidth *= speed
      slower.scaleOut?.dispatchBandwidth *= speed
      return try ReplaySetting(header: trace.header, cluster: slower, model: model)
    }
  }

  /// Blind to links, and not: a price reaches a planner, moves hide behind the time of layers.
  private func policies() throws -> [BalancingPolicy] {
    [
      try Fixture.policy("causal"),
      try Fixture.policy("overlapped", schedule: "{kind: every, steps: 4, migration: overlapped}"),
      try Fixture.policy("oracle", predictor: "{kind: oracle}", schedule: "{kind: every, steps: 3, from: 0}"),
      try Fixture.policy("whole", predictor: "{kind: oracle}", schedule: "{kind: initial}"),
      try Fixture.policy("guess", predictor: "{kind: token-to-expert, accuracy: 0.8}"),
      try Fixture.policy("priced", predictor: "{kind: oracle}", planner: "{kind: affinity}"),
    ]
  }

  @Test("On machines that differ in their links, each result is as on that machine alone")
  func machines() throws {
    let settings = try settings()
    let opened = Opened(trace)
    let job = ReplayJob(on: settings, policies: try policies(), threads: 2, measuresRegret: true)
    let together = try ReplayPass([job], threads: 2, open: opened.open).run(on: trace.source()).results[0]
    for (setting, found) in zip(settings, together) {
      let alone = ReplayJob(
        setting: setting, policies: try policies(), threads: 1, measuresRegret: true, open: { trace.source() })
      #expect(found == (try alone.run()))
    }
    #expect(Set(together.map { $0.policies[1].time.comm }).count == settings.count)
    // One for the near future, one for the whole trace, one for each machine that `affinity` plans for.
    #expect(opened.count == 2 + settings.count)
  }

  @Test("Jobs of one pass do not disturb each other, and share one reading ahead")
  func jobs() throws {
    let setting = try settings()[0]
    let policies = try policies().filter { !$0.isCausal && $0.name != "priced" && $0.name != "whole" }
    let opened = Opened(trace)
    let jobs = policies.map { ReplayJob(setting: setting, baseline: $0, policies: [], threads: 2) }
    let together = try ReplayPass(jobs, threads: 2, open: opened.open).run(on: trace.source()).results
    for (policy, found) in zip(policies, together) {
      let alone = ReplayJob(setting: setting, baseline: policy, policies: [], threads: 1, open: { trace.source() })
      #expect(found == [try alone.run()])
    }
    #expect(policies.count == 2 && opened.count == 1)
  }

  @Test("Machines of other kernels or another shape are replayed one by one")
  func otherMachines() throws {
    var faster = try Fixture.cluster(ranks: 4, ranksPerNode: 2)
    faster.gpu?.hbm *= 10
    let wider = try Fixture.cluster(ranks: 4, ranksPerNode: 4)
    let model = try Fixture.model(experts: 16, topK: 2, layers: 4)
    let settings = try [Fixture.cluster(ranks: 4, ranksPerNode: 2), faster, wider].map {
      try ReplaySetting(header: trace.header, cluster: $0, model: model)
    }
    let job = ReplayJob(on: settings, policies: [try Fixture.policy("eplb")], threads: 2)
    let together = try ReplayPass([job], threads: 2, open: nil).run(on: trace.source()).results[0]
    for (setting, found) in zip(settings, together) {
      let alone = ReplayJob(setting: setting, policies: [try Fixture.policy("eplb")], threads: 1)
      #expect(found == (try alone.run(on: trace.source()).result))
    }
    #expect(Set(together.map { $0.policies[0].time.experts }).count == 2)
  }
}
