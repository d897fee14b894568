import LoadBalancing
import Replay
import RoutingTrace
import TestTraces
import Testing

@Suite struct RegretTests {
  private func replay(
    _ trace: SmallTrace, _ policies: [BalancingPolicy], measuresRegret: Bool = true
  ) throws -> ReplayResult {
    let job = ReplayJob(
      setting: try Fixture.setting(trace), baseline: .static, policies: policies, seed: 0, threads: 2,
      measuresRegret: measuresRegret, open: { trace.source() })
    return try job.run(on: trace.source()).result
  }

  @Test(arguments: ["eplb", "fractional", "duplicate-hottest"])
  func isMeasuredAgainstTheSamePlannerScheduleAndDispatch(planner: String) throws {
    let planner = "{kind: \(planner), redundantSlotsPerRank: 1}"
    let schedule = "{kind: every, steps: 4, from: 2, migration: overlapped}"
    let policies = try ["{kind: moving-average, window: 4}", "{kind: oracle}"].map {
      try Fixture.policy("\($0.count)", predictor: $0, planner: planner, schedule: schedule)
    }
    let results = try replay(SmallTrace(tokens: 200), policies).policies
    let regret = try #require(results[1].regret)
    #expect(regret.comm == results[1].time.comm / results[2].time.comm - 1)
    #expect(regret.total == results[1].time.total / results[2].time.total - 1)
    #expect(regret.comm != 0, "the prediction was not the load")
    #expect(results[2].regret == nil, "an oracle has none")
    #expect(results[0].regret == nil, "static predicts nothing")
  }

  @Test func askingForItChangesNothingElse() throws {
    let policies = try [Fixture.policy("eplb"), Fixture.policy("t", schedule: "{kind: once, at: 100}")]
    var asked = try replay(SmallTrace(), policies)
    let regrets = asked.policies.map { $0.regret != nil }
    #expect(regrets == [false, true, true])
    for index in asked.policies.indices { asked.policies[index].regret = nil }
    #expect(try replay(SmallTrace(), policies, measuresRegret: false) == asked)
  }

  @Test func nothingIsRegrettedWhenEveryStepIsAlike() throws {
    let trace = SmallTrace(steps: 1)
    let steps = (0..<12).map { number in
      var step = trace.steps[0]
      step.number = number
      return step
    }
    let job = ReplayJob(
      setting: try Fixture.setting(trace), baseline: .static,
      policies: [try Fixture.policy("last", predictor: "{kind: last}")], seed: 0, threads: 1, measuresRegret: true,
      open: { StoredSteps(header: trace.header, steps: steps) })
    let source = StoredSteps(header: trace.header, steps: steps)
    let regret = try #require(try job.run(on: source).result.policies[1].regret)
    #expect(regret.comm == 0 && regret.total == 0)
  }

  @Test func needsATraceThatCanBeReadTwice() throws {
    let trace = SmallTrace()
    let job = ReplayJob(
      setting: try Fixture.setting(trace), baseline: .static, policies: [try Fixture.policy("eplb")], seed: 0,
      threads: 1, measuresRegret: true)
    #expect { try job.run(on: trace.source()) } throws: {
      "\($0)".contains("policy eplb (oracle): looks ahead")
    }
  }
}
