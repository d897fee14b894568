import Diagnostics
import Files
import Foundation
import LoadBalancing
import PerformanceModel
import Presets
import Replay
import RoutingTrace
import Studies
import StudyStore
import TestTraces
import Testing

@Suite struct StudyRunTests {
  let fixture = try! StudyFixture()

  private func run(
    _ manifest: String, in folder: String = "results", jobs: Range<Int>? = nil, threads: Int = 2
  ) throws -> StudyRun.Tally {
    try StudyRun(manifest: manifest, folder: "\(fixture.folder)/\(folder)", jobs: jobs, threads: threads).run()
  }

  private func outcome(of job: StudyJob, _ manifest: String, in folder: String = "results") throws -> StudyOutcome? {
    let reader = try StudyManifestReader(manifest)
    return try StudyFolder(existing: "\(fixture.folder)/\(folder)", of: reader.manifest).outcome(of: job)
  }

  @Test func `an outcome is what replay finds of each policy alone`() throws {
    let study = try fixture.study(["ranks": "[4]", "seeds": "[3]", "clusters": "['@/slow.yaml']"])
    let manifest = try fixture.manifest(study)
    #expect(try run(manifest) == StudyRun.Tally(jobs: 2, done: 2, replays: 10))
    for job in try fixture.jobs(of: StudyPlan(study)) {
      let found = try #require(try outcome(of: job, manifest)?.result)
      for (index, name) in job.policies.enumerated() {
        let alone = try ReplayJob(
          trace: job.trace, machine: Machine(named: job.cluster), model: ModelShape(named: job.model),
          policies: [BalancingPolicy(named: name)], seed: job.seed
        ).run()
        #expect(found.policies[index + 1] == alone.withoutLayers.policies[1])
        #expect(found.policies[0] == alone.withoutLayers.policies[0])
      }
    }
  }

  @Test func `a rerun does what is missing, in parts as well as whole`() throws {
    let manifest = try fixture.manifest(fixture.study(), bundle: 2)
    #expect(try run(manifest, jobs: 0..<7).done == 7)
    #expect(try run(manifest, jobs: 5..<9) == StudyRun.Tally(jobs: 4, had: 2, done: 2, replays: 3))
    let rest = try run(manifest)
    #expect(rest.had == 9 && rest.done == rest.jobs - 9 && rest.jobs == 48)
    #expect(try run(manifest) == StudyRun.Tally(jobs: 48, had: 48))
  }

  @Test func `files do not depend on threads, nor rows on bundles or order`() throws {
    let study = try fixture.study(["seeds": "[0]"])
    var stores: [[StudyRow]] = []
    var digests: [[String: [UInt8]]] = []
    for (index, (bundle, threads)) in [(64, 1), (64, 5), (2, 3)].enumerated() {
      let manifest = try fixture.manifest(study, bundle: bundle, name: "\(index).jsonl")
      _ = try run(manifest, in: "\(index)", jobs: 3..<5, threads: threads)
      _ = try run(manifest, in: "\(index)", threads: threads)
      let (folder, path) = ("\(fixture.folder)/\(index)", "\(fixture.folder)/\(index).sqlite")
      #expect(try StudyStore.collect(manifest: manifest, folder: folder, into: path).missing == 0)
      #expect(try StudyStore.collect(manifest: manifest, folder: folder, into: path).taken == 0)
      stores.append(try StudyStore(reading: path).rows(of: StudyQuery(figures: StudyQuery.basic)))
      digests.append(try files(in: "\(fixture.folder)/\(index)/results"))
    }
    #expect(digests[0] == digests[1] && digests[0].count == 8)
    #expect(stores[0] == stores[1] && stores[0] == stores[2] && stores[0].count == 8 * 6)
  }

  private func files(in folder: String) throws -> [String: [UInt8]] {
    let names = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".gz") }
    return try Dictionary(uniqueKeysWithValues: names.map { ($0, try readWhole("\(folder)/\($0)")) })
  }

  @Test func `a policy that cannot be replayed is a row with its error, and costs the others nothing`() throws {
    let study = try fixture.study([
      "policies": "[greedy, 'eplb:planner={kind: eplb, redundantSlots: 3}', '@/mine.yaml']", "ranks": "[4]",
      "seeds": "[0]",
    ])
    let manifest = try fixture.manifest(study)
    let tally = try run(manifest)
    #expect(tally.done == 4 && tally.failures == 4 && tally.replays == 12)
    let path = "\(fixture.folder)/store.sqlite"
    try StudyStore.collect(manifest: manifest, folder: "\(fixture.folder)/results", into: path)
    let rows = try StudyStore(reading: path).rows(of: StudyQuery(figures: ["time.total"]))
    #expect(rows.count == 16)
    for row in rows {
      #expect((row.error == nil) == !row.policy.hasPrefix("eplb"))
      #expect((row.figures["time.total"] == nil) == row.policy.hasPrefix("eplb"))
    }
    #expect(try run(manifest).had == 4)
  }

  @Test func `workloads are generated once, from the seed`() throws {
    let workload = "{workload: 'hot-cold:steps=4,tokensPerStep=64', grid: {popularity.hotTimes: [2, 5]}}"
    let study = try fixture.study([
      "traces": "", "models": "", "workloads": workload, "policies": "[eplb]", "clusters": "[h100-ib]", "ranks": "[8]",
    ])
    let manifest = try fixture.manifest(study)
    #expect(try run(manifest).done == 4)
    let traces = try FileManager.default.contentsOfDirectory(atPath: "\(fixture.folder)/results/traces")
    #expect(traces.count == 4)
    let totals = try fixture.jobs(of: StudyPlan(study)).map {
      try outcome(of: $0, manifest)?.result?.policies[0].time.total
    }
    #expect(Set(totals).count == 4)
  }

  @Test func `a damaged recording of a workload is no outcome, and is named`() throws {
    let study = try fixture.study([
      "traces": "", "models": "", "workloads": "['hot-cold:steps=4,tokensPerStep=64']", "policies": "[eplb, greedy]",
      "clusters": "[h100-ib]", "ranks": "[8]", "seeds": "[0]",
    ])
    let manifest = try fixture.manifest(study)
    #expect(try run(manifest, jobs: 0..<1).done == 1)
    let folder = "\(fixture.folder)/results"
    let name = try #require(FileManager.default.contentsOfDirectory(atPath: "\(folder)/traces").first)
    let whole = try readWhole("\(folder)/traces/\(name)")
    try Data(whole.prefix(whole.count / 2)).write(to: URL(fileURLWithPath: "\(folder)/traces/\(name)"))
    try FileManager.default.removeItem(atPath: "\(folder)/results")
    let tally = try run(manifest)
    #expect(tally.left == 1 && tally.done == 0)
    #expect(tally.whyLeft?.description.hasSuffix("remove it and run the study again") == true)
    try FileManager.default.removeItem(atPath: "\(folder)/traces/\(name)")
    #expect(try run(manifest).done == 1)
    #expect(try readWhole("\(folder)/traces/\(name)") == whole)
  }

  /// What was checked is what is used: a file that changes in between is not read again.
  @Test func `names are read once`() throws {
    let manifest = try StudyManifestReader(fixture.manifest(fixture.study())).manifest
    let names = PlannedNames(manifest)
    let (model, policy) = ("\(fixture.folder)/model.yaml", "\(fixture.folder)/mine.yaml:window=2,steps=4")
    let planned = try (names.model(model), names.policy(policy).name, names.machine("\(fixture.folder)/slow.yaml"))
    for name in ["model", "mine", "slow"] { _ = try fixture.scratch.file("\(name).yaml", "name: spoiled") }
    #expect(try names.model(model) == planned.0 && names.policy(policy).name == planned.1)
    #expect(try names.machine("\(fixture.folder)/slow.yaml") == planned.2)
    #expect(throws: InputError.self) { try names.machine("\(fixture.folder)/fast.yaml:name=other") }
    #expect(throws: InputError.self) { try PlannedNames(manifest).model(model) }
  }

  @Test func `what this machine lacks is left for a later run`() throws {
    let manifest = try fixture.manifest(fixture.study(["seeds": "[0]"]))
    let trace = "\(fixture.folder)/b.moetrace"
    try FileManager.default.moveItem(atPath: trace, toPath: trace + ".away")
    let tally = try run(manifest)
    #expect(
      tally.done == 4 && tally.left == 4 && tally.whyLeft?.description.contains("b.moetrace: no such file") == true)
    try FileManager.default.copyItem(atPath: "\(fixture.folder)/a.moetrace", toPath: trace)
    #expect(try run(manifest).whyLeft?.description.contains("another trace than the study was planned with") == true)
    try FileManager.default.removeItem(atPath: trace)
    try FileManager.default.moveItem(atPath: trace + ".away", toPath: trace)
    #expect(try run(manifest) == StudyRun.Tally(jobs: 8, had: 4, done: 4, replays: 20))
  }

  @Test func `a recording that changes while its jobs run is left for a later run`() throws {
    let manifest = try fixture.manifest(fixture.study(["seeds": "[0]", "traces": "['@/a.moetrace']"]))
    let other = try Data(readWhole("\(fixture.folder)/b.moetrace"))
    let trace = URL(fileURLWithPath: "\(fixture.folder)/a.moetrace")
    let asked = Guarded(0)
    let run = try StudyRun(manifest: manifest, folder: "\(fixture.folder)/results", jobs: nil, threads: 1)
    let tally = try run.run(
      askedBy: {
        try asked.withLock { number in
          defer { number += 1 }
          // Where it is, after its digest was taken for the first job.
          if number == 1 { try other.write(to: trace) }
          return number < 2 ? number : nil
        }
      }, answer: { _, _ in })
    #expect(tally.done == 1 && tally.left == 1)
    #expect(tally.whyLeft?.description.contains("a.moetrace: changed while it was replayed") == true)
  }

  @Test func `changed presets, other studies, other versions and cut manifests are refused`() throws {
    func message(_ body: () throws -> Void) -> String {
      do { try body() } catch { return "\(error)" }
      return "no error"
    }
    let manifest = try fixture.manifest(fixture.study(["seeds": "[0]"]))
    let text = try readText(manifest)
    _ = try fixture.scratch.file("mine.yaml", readText("\(fixture.folder)/mine.yaml") + "# edited\n")
    #expect(try run(manifest).whyLeft?.description.contains("another policy than") == true)
    let other = try fixture.manifest(fixture.study(["name": "other"]), name: "other.jsonl")
    #expect(message { _ = try run(other) }.contains("results of study 'small', not of 'other'"))
    let old = try fixture.scratch.file(
      "old.jsonl", text.replacing("\"tool\":\"\(expertReplayVersion)\"", with: "\"tool\":\"0.1.0\""))
    #expect(message { _ = try run(old) }.contains("planned by version 0.1.0"))
    let cut = try fixture.scratch.file("cut.jsonl", text.split(separator: "\n").dropLast().joined(separator: "\n"))
    #expect(message { _ = try run(cut, in: "cut") }.contains("7 jobs, expected 8"))
    let not = try fixture.scratch.file("not.jsonl", "{}\n")
    #expect(message { _ = try run(not) }.contains("not a manifest"))
    #expect(message { _ = try run(manifest, jobs: 4..<9) }.contains("no job 8; the manifest has 0…7"))
  }

  @Test func `a manifest is the same bytes each time, and its jobs' names say what they depend on`() throws {
    let study = try fixture.study()
    let first = try readText(fixture.manifest(study, name: "1.jsonl"))
    #expect(try readText(fixture.manifest(study, name: "2.jsonl")) == first)
    let before = try fixture.jobs(of: StudyPlan(study)).map(\.job)
    _ = try fixture.scratch.file("fast.yaml", readText("\(fixture.folder)/fast.yaml").replacing("10 us", with: "11 us"))
    let plan = try StudyPlan(study)
    let changed = zip(try fixture.jobs(of: plan), before).filter { $0.job != $1 }.map(\.0)
    #expect(changed.count == before.count / 2 && changed.allSatisfy { $0.cluster.hasSuffix("fast.yaml") })
  }

  @Test func `a folder is one recording, known by the bytes and the names of its files`() throws {
    let trace = SmallTrace(seed: 1)
    let day = "\(fixture.folder)/day"
    try FileManager.default.createDirectory(atPath: day, withIntermediateDirectories: true)
    try TraceWriter.write(trace.part(0..<10).source(), to: "\(day)/hour2.moetrace")
    try TraceWriter.write(trace.part(10..<24).source(), to: "\(day)/hour10.moetrace")
    var rows: [[StudyRow]] = []
    for (name, traces) in [("file", "['@/a.moetrace']"), ("folder", "['@/day']")] {
      let manifest = try fixture.manifest(
        fixture.study(["traces": traces, "seeds": "[0]", "ranks": "[4]"]), name: "\(name).jsonl")
      #expect(try run(manifest, in: name).left == 0)
      let store = "\(fixture.folder)/\(name).sqlite"
      try StudyStore.collect(manifest: manifest, folder: "\(fixture.folder)/\(name)", into: store)
      rows.append(try StudyStore(reading: store).rows(of: StudyQuery(figures: StudyQuery.basic)))
    }
    #expect(rows[0].map(\.figures) == rows[1].map(\.figures) && rows[0].map(\.policy) == rows[1].map(\.policy))
    try FileManager.default.moveItem(atPath: "\(day)/hour10.moetrace", toPath: "\(day)/hour1.moetrace")
    let late = try run("\(fixture.folder)/folder.jsonl", in: "again")
    #expect(late.done == 0 && late.left == 2 && late.whyLeft?.description.contains("another trace") == true)
  }
}
