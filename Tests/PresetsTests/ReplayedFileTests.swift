import ExpertReplay
import TestTraces
import Testing

/// With the public library alone.
@Suite struct ReplayedFileTests {
  @Test("A trace file is replayed in a few lines, as its steps are")
  func aFile() throws {
    let trace = SmallTrace()
    let folder = try TemporaryFolder()
    try TraceWriter.write(trace.source(), to: folder.file("small.moetrace"))
    let setting = try Fixture.setting(trace)
    let policies = [try Fixture.policy("eplb"), try Fixture.policy("oracle", predictor: "{kind: oracle}")]
    let job = try ReplayJob(
      trace: folder.file("small.moetrace"), machine: setting.machine, model: setting.model, policies: policies)
    var result = try job.run()
    #expect(result.trace.sha256?.count == 64)
    result.trace.sha256 = nil
    #expect(result == (try Fixture.replay(trace, policies)))
  }

  @Test("A trace that names no model is replayed with the only one that fits")
  func theModelThatFits() throws {
    let header = TraceHeader(
      name: "t", content: .tokens, layerNumbers: Array(1...26), experts: 64, topK: 6, groups: 1)
    let step = RoutingStep(
      number: 0, phase: .decode, tokens: 1, experts: (0..<26).flatMap { _ in [0, 8, 16, 24, 32, 40] as [UInt16] })
    let folder = try TemporaryFolder()
    try TraceWriter.write(StoredSteps(header: header, steps: [step]), to: folder.file("t.jsonl"))
    let cluster = try Machine(named: "h100-ib").prefill.resized(ranks: 8)
    let job = try ReplayJob(trace: folder.file("t.jsonl"), machine: Machine(cluster), policies: [])
    #expect(job.setting.model.name == "deepseek-v2-lite")
    #expect(try job.run().policies[0].time.comm > 0)
  }

  @Test("Steps made in code are held against their header before they are replayed")
  func stepsInCode() throws {
    let trace = SmallTrace(steps: 2)
    var wrong = trace.steps
    wrong[1].experts[0] = 16
    let job = ReplayJob(setting: try Fixture.setting(trace), policies: [])
    #expect { try job.run(on: StoredSteps(header: trace.header, steps: wrong)) } throws: {
      ($0 as? InputError)?.description.contains("expert 16, expected an id below 16") == true
    }
    #expect(throws: InputError.self) { try job.run() }
  }
}
