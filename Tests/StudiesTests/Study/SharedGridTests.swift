import Diagnostics
import LoadBalancing
import PerformanceModel
import Presets
import Replay
import RoutingTrace
import Studies
import StudyStore
import TestTraces
import Testing

/// The grids of `advise --tune` and `sweep` are shipped as studies, which come to the same.
@Suite struct SharedGridTests {
  private let fixture = try! StudyFixture()

  private var trace: String { "\(fixture.folder)/long.moetrace" }

  private func rows(of study: StudyFile) throws -> [StudyRow] {
    let manifest = try fixture.manifest(study)
    _ = try StudyRun(manifest: manifest, folder: "\(fixture.folder)/results", jobs: nil, threads: 2).run()
    let store = "\(fixture.folder)/store.sqlite"
    try StudyStore.collect(manifest: manifest, folder: "\(fixture.folder)/results", into: store)
    return try StudyStore(reading: store).rows(
      of: StudyQuery(figures: ["time.total", "improvement.total", "rebalances.movedExperts"]))
  }

  private func source() throws -> (any StepSource, TraceHeader) {
    let source = try TraceReader(path: trace)
    return (source, source.header)
  }

  @Test func `studies/tune.yaml is what advise --tune tries`() throws {
    let small = SmallTrace(layers: 2, experts: 16, steps: 90, tokens: 32)
    try TraceWriter.write(small.source(), to: trace)
    let model = "\(fixture.folder)/model.yaml"
    let (source, header) = try source()
    let setting = try ReplaySetting(
      header: header, machine: Machine(named: "\(fixture.folder)/slow.yaml"), model: ModelShape(named: model))
    let tuned = try TuneJob(
      setting: setting, memory: nil, intervals: [16, 64], windows: [16, 64], threads: 2,
      policy: BalancingPolicy.init(named:)
    ).run(on: source)
    let study = try StudyFile(named: "tune").replacing(traces: [trace], clusters: ["\(fixture.folder)/slow.yaml"])
    let rows = try rows(of: study.replacing(models: [model]))
    #expect(rows.count == tuned.tried && rows.allSatisfy { $0.error == nil })
    let totals = Dictionary(uniqueKeysWithValues: rows.map { ($0.policy, $0.figures["time.total"]) })
    #expect(tuned.front.count > 1)
    for candidate in tuned.front { #expect(totals[candidate.policy] == candidate.total, "\(candidate.policy)") }
  }

  @Test func `studies/links.yaml is what sweep prints`() throws {
    try TraceWriter.write(SmallTrace(layers: 2, experts: 16, steps: 70, tokens: 64).source(), to: trace)
    let model = "\(fixture.folder)/model.yaml"
    let study = try StudyFile(named: "links").replacing(traces: [trace], ranks: [16]).replacing(models: [model])
    let rows = try rows(of: study).filter { !$0.isBaseline }
    #expect(rows.count == 36)
    let (_, header) = try source()
    let setting = try ReplaySetting(
      header: header, machine: Machine(named: "h100-ib").map { try $0.resized(ranks: 16) },
      model: ModelShape(named: model))
    for row in rows.prefix(8) {
      let links = Dictionary(
        uniqueKeysWithValues: changes(in: row.setting.cluster).changes.map {
          ($0.key, Double($0.value.prefix { $0 != " " }))
        })
      let up = try #require(links["scaleUp.bandwidth"] ?? nil)
      let out = try #require(links["scaleOut.bandwidth"] ?? nil)
      let sweep = try BandwidthSweep(setting: setting, seed: 0, threads: 2, open: { try TraceReader(path: trace) })
      let found = try sweep.run(
        on: TraceReader(path: trace), baseline: BalancingPolicy.static, policy: BalancingPolicy(named: "eplb"),
        scaleUp: [up * 1e3],
        scaleOut: [out * 1e3])
      #expect(found.improvement == [[row.figures["improvement.total"]!]])
    }
  }

  @Test func `a study of other recordings`() throws {
    let study = try StudyFile(named: "first-look")
    #expect(throws: InputError.self) { try study.replacing(traces: ["a", "b", "a"]) }
    #expect(throws: InputError.self) { try study.replacing(ranks: [8, 8]) }
    let error = #expect(throws: InputError.self) { try StudyPlan(StudyFile(named: "tune")) }
    #expect(
      error?.description
        == "study tune: no traces, and no workloads to generate them; name recordings with --trace")
  }
}
