import Containers
import Diagnostics
import Files
import Foundation
import Studies
import StudyStore
import Testing

/// Jobs that are cut between their layers.
@Suite struct StudyShardTests {
  let fixture = try! StudyFixture()
  private let atOnce = ["policies": "[random, 'random:seed=2']", "ranks": "[4]", "seeds": "[0]"]

  private func manifest(_ study: StudyFile, shards: Int, name: String) throws -> String {
    try StudyPlan(study, layerShards: shards).write(to: "\(fixture.folder)/\(name).jsonl")
    return "\(fixture.folder)/\(name).jsonl"
  }

  private func run(_ name: String, jobs: Range<Int>? = nil) throws -> StudyRun.Tally {
    try StudyRun(
      manifest: "\(fixture.folder)/\(name).jsonl", folder: "\(fixture.folder)/\(name)", jobs: jobs, threads: 2
    ).run()
  }

  private func outcomes(_ manifest: String, in folder: String) throws -> [[UInt8]] {
    let reader = try StudyManifestReader(manifest)
    var bytes: [[UInt8]] = []
    while let job = try reader.next() {
      bytes.append(try readWhole("\(fixture.folder)/\(folder)/results/\(job.job.prefix(2))/\(job.job).json.gz"))
    }
    return bytes
  }

  @Test func `shards make the files of whole jobs, and make room`() throws {
    let study = try fixture.study(atOnce)
    let whole = try manifest(study, shards: 1, name: "whole")
    let cut = try manifest(study, shards: 8, name: "cut")
    #expect(try run("whole") == StudyRun.Tally(jobs: 4, done: 4, replays: 8))
    // Three layers, so three shards.
    #expect(try run("cut", jobs: 0..<2) == StudyRun.Tally(jobs: 2, done: 2))
    #expect(try run("cut", jobs: 1..<4) == StudyRun.Tally(jobs: 3, had: 1, done: 2, replays: 2))
    #expect(try run("cut") == StudyRun.Tally(jobs: 12, had: 4, done: 8, replays: 6))
    #expect(try run("cut") == StudyRun.Tally(jobs: 12, had: 12))
    #expect(try outcomes(whole, in: "whole") == outcomes(whole, in: "cut"))
    #expect(try outcomes(cut, in: "cut").allSatisfy { $0.count < 500 })
    var rows: [[StudyRow]] = []
    for (name, path) in [("whole", whole), ("cut", cut)] {
      let store = "\(fixture.folder)/\(name).sqlite"
      #expect(try StudyStore.collect(manifest: path, folder: "\(fixture.folder)/\(name)", into: store).taken == 4)
      rows.append(try StudyStore(reading: store).rows(of: StudyQuery(figures: StudyQuery.basic)))
    }
    #expect(rows[0] == rows[1] && rows[0].count == 12)
  }

  @Test func `a shard whose job's file is gone is replayed again`() throws {
    let study = try fixture.study(atOnce)
    let whole = try manifest(study, shards: 1, name: "whole")
    _ = try manifest(study, shards: 3, name: "cut")
    _ = try run("whole")
    _ = try run("cut")
    let job = try #require(try fixture.jobs(of: StudyPlan(study)).first)
    // Often, as two threads see to its shards.
    for _ in 0..<8 {
      try FileManager.default.removeItem(
        atPath: "\(fixture.folder)/cut/results/\(job.job.prefix(2))/\(job.job).json.gz")
      #expect(try run("cut") == StudyRun.Tally(jobs: 12, had: 9, done: 3, replays: 2))
      #expect(try outcomes(whole, in: "whole") == outcomes(whole, in: "cut"))
    }
  }

  @Test func `who puts a job together looks again where another came meanwhile`() {
    let underway = JobsUnderway()
    #expect(underway.begin("a") && underway.begin("b") && !underway.begin("a") && !underway.begin("a"))
    #expect(underway.goesOn("a") && !underway.goesOn("a") && !underway.goesOn("b"))
    #expect(underway.begin("a") && !underway.begin("a"))
    underway.end("a")
    #expect(underway.begin("a") && !underway.goesOn("a"))
  }

  @Test func `policies that plan on the way stay whole, beside shards of the others`() throws {
    let plan = try StudyPlan(
      fixture.study(["policies": "[greedy, random, '@/mine.yaml']", "ranks": "[4]", "seeds": "[0]"]), layerShards: 2)
    let jobs = try fixture.jobs(of: plan)
    #expect(jobs.count == 12 && plan.manifest.jobs == 12 && plan.manifest.replays == 12)
    #expect(Set(jobs.map(\.job)).count == 12)
    for job in jobs { #expect((job.shard != nil) == (job.policies == ["random"])) }
  }

  @Test func `a baseline that plans on the way leaves nothing to cut`() throws {
    let study = try fixture.study(atOnce.merging(["baseline": "greedy"]) { $1 })
    let error = #expect(throws: InputError.self) { try StudyPlan(study, layerShards: 2) }
    #expect(
      error?.description
        == "policy greedy: plans on the way, so that layers cannot be replayed apart, and is the baseline of all")
  }

  @Test func `a policy that cannot be replayed is a row with its error, in shards, too`() throws {
    let study = try fixture.study([
      "policies": "[random, 'random:planner={kind: eplb, redundantSlots: 3},predictor={kind: oracle}']", "ranks": "[4]",
      "seeds": "[0]",
    ])
    let whole = try manifest(study, shards: 1, name: "whole")
    _ = try manifest(study, shards: 2, name: "cut")
    let tally = try run("whole")
    #expect(tally.failures == 4)
    #expect(try run("cut").failures == 4)
    #expect(try outcomes(whole, in: "whole") == outcomes(whole, in: "cut"))
  }

  @Test func `shards that came from elsewhere are put together where they are collected`() throws {
    let study = try fixture.study(atOnce)
    _ = try manifest(study, shards: 3, name: "cut")
    let path = "\(fixture.folder)/cut.jsonl"
    let reader = try StudyManifestReader(path)
    for number in 0..<12 {
      // Each in a folder of its own, as where nothing is shared.
      let folder = "\(fixture.folder)/far-\(number)"
      _ = try StudyRun(manifest: path, folder: folder, jobs: number..<number + 1, threads: 1).run()
      let job = try #require(try reader.next())
      let place = "results/\(job.job.prefix(2))"
      _ = try StudyFolder(making: "\(fixture.folder)/cut", for: reader.manifest)
      try makeFolder("\(fixture.folder)/cut/\(place)")
      try FileManager.default.moveItem(
        atPath: "\(folder)/\(place)/\(job.job).json.gz", toPath: "\(fixture.folder)/cut/\(place)/\(job.job).json.gz")
    }
    let store = "\(fixture.folder)/cut.sqlite"
    try FileManager.default.moveItem(atPath: "\(fixture.folder)/a.moetrace", toPath: "\(fixture.folder)/away")
    let early = try StudyStore.collect(manifest: path, folder: "\(fixture.folder)/cut", into: store)
    #expect(early.taken == 2 && early.missing == 2 && early.lacking?.description.contains("a.moetrace") == true)
    try FileManager.default.moveItem(atPath: "\(fixture.folder)/away", toPath: "\(fixture.folder)/a.moetrace")
    let late = try StudyStore.collect(manifest: path, folder: "\(fixture.folder)/cut", into: store)
    #expect(late.taken == 2 && late.missing == 0 && late.lacking == nil)
  }

  @Test func `jobs that are asked for one by one leave their shards to whoever collects`() throws {
    _ = try manifest(try fixture.study(atOnce), shards: 3, name: "cut")
    let (path, folder) = ("\(fixture.folder)/cut.jsonl", "\(fixture.folder)/cut")
    let numbers = Guarded(Array(0..<12))
    let tally = try StudyRun(manifest: path, folder: folder, jobs: nil, threads: 2).run(
      askedBy: { numbers.withLock { $0.popLast() } }, answer: { _, _ in })
    #expect(tally == StudyRun.Tally(done: 12))
    // Each can still be taken away with what it came to.
    #expect(try outcomes(path, in: "cut").allSatisfy { $0.count > 1000 })
    let collected = try StudyStore.collect(manifest: path, folder: folder, into: "\(fixture.folder)/cut.sqlite")
    #expect(collected.taken == 4 && collected.missing == 0)
  }

  @Test(arguments: [
    #"{"outcomes":9223372036854775807,"rankTokens":1,"ranks":4,"layers":[0,1]}"#,
    #"{"outcomes":-35,"rankTokens":35,"ranks":4,"layers":[0,1]}"#,
    #"{"outcomes":0,"rankTokens":0,"ranks":4,"layers":[1,0]}"#,
    #"{"outcomes":0,"rankTokens":0,"ranks":8,"layers":[0,1]}"#, "{}", "",
  ]) func `what is no shard is said to be none`(head: String) throws {
    let path = try manifest(try fixture.study(atOnce), shards: 3, name: "cut")
    _ = try run("cut", jobs: 0..<2)
    let job = try #require(try StudyManifestReader(path).next())
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.withoutEscapingSlashes]
    let told =
      head.isEmpty ? "" : "{\"job\":\(String(decoding: try encoder.encode(job), as: UTF8.self)),\(head.dropFirst())"
    var bytes: [UInt8] = []
    let gzip = try GzipWriter { bytes += $0 }
    try gzip.write(Array("\(told)\n".utf8))
    try gzip.finish()
    let file = "\(fixture.folder)/cut/results/\(job.job.prefix(2))/\(job.job).json.gz"
    try Data(bytes).write(to: URL(fileURLWithPath: file))
    let late = try run("cut", jobs: 0..<3)
    #expect(late.left > 0 && late.whyLeft?.description.contains("not a shard of job") == true)
  }

  @Test(arguments: [(3, 3), (-1, 3), (0, 0), (0, 1 << 40)]) func `a shard is one of so many`(number: Int, count: Int)
    throws
  {
    let path = try manifest(try fixture.study(atOnce), shards: 3, name: "cut")
    let text = try readText(path).replacing(#""count":3,"#, with: #""count":\#(count),"#)
      .replacing(#""number":0,"#, with: #""number":\#(number),"#)
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    let error = #expect(throws: InputError.self) { try run("cut") }
    #expect(error?.description.hasSuffix("line 2: not a job") == true)
  }
}
