import Diagnostics
import Files
import Foundation
import Reporting
import Studies
import StudyStore
import Testing

@Suite struct StudyStoreTests {
  let fixture = try! StudyFixture()

  private func store() throws -> StudyStore {
    let study = try fixture.study(["seeds": "[0]", "clusters": "['@/slow.yaml']", "ranks": "[4]"])
    let manifest = try fixture.manifest(study)
    _ = try StudyRun(manifest: manifest, folder: "\(fixture.folder)/results", jobs: nil, threads: 2).run()
    #expect(try collect(manifest, into: "study.sqlite").taken == 2)
    return try StudyStore(reading: "\(fixture.folder)/study.sqlite")
  }

  @discardableResult
  private func collect(
    _ manifest: String, from folder: String = "results", into store: String
  ) throws -> StudyStore.Collected {
    try StudyStore.collect(
      manifest: manifest, folder: "\(fixture.folder)/\(folder)", into: "\(fixture.folder)/\(store)")
  }

  @Test func `a row has every figure that the result has`() throws {
    let store = try store()
    let rows = try store.rows(of: StudyQuery(figures: Figure.all.map(\.path)))
    #expect(rows.count == 12)
    let plan = try StudyPlan(fixture.study(["seeds": "[0]", "clusters": "['@/slow.yaml']", "ranks": "[4]"]))
    let folder = try StudyFolder(existing: "\(fixture.folder)/results", of: plan.manifest)
    for job in try fixture.jobs(of: plan) {
      let result = try #require(try folder.outcome(of: job)?.result)
      for (name, policy) in zip(["static"] + job.policies, result.policies) {
        let row = try #require(rows.first { $0.policy == name && $0.setting.trace == job.trace })
        #expect(row.isBaseline == (name == "static"))
        for figure in Figure.all {
          let value = row.isBaseline && figure.isComparison ? nil : figure.value(policy)
          #expect(row.figures[figure.path] == value, "\(figure.path)")
        }
      }
    }
  }

  @Test func `conditions choose rows, by pattern`() throws {
    let store = try store()
    func policies(_ conditions: String...) throws -> Set<String> {
      Set(try store.rows(of: StudyQuery(figures: [], where: conditions)).map(\.policy))
    }
    #expect(try policies("policy=*mine*").count == 4)
    #expect(try policies("policy=*mine*steps=8", "ranks=4").count == 2)
    #expect(try policies("ranks=5").isEmpty)
    #expect(throws: InputError.self) { try StudyQuery(figures: [], where: ["rank=4"]) }
    #expect(throws: InputError.self) { try StudyQuery(figures: ["time.totals"]) }
  }

  @Test func `SQL finds values that were tried by their names`() throws {
    let store = try store()
    let outcome = try sqlite(
      store.path,
      "SELECT count(*) FROM replays r JOIN settings s ON s.key = r.key WHERE s.axis='policy' AND s.name='window' AND s.value='2'"
    )
    #expect(outcome == "4")
    #expect(try sqlite(store.path, "SELECT value FROM study WHERE key='jobs'") == "2")
  }

  private func sqlite(_ path: String, _ sql: String) throws -> String {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [
      "python3", "-c",
      """
      import sqlite3, sys
      store = sqlite3.connect(sys.argv[1])
      if sys.argv[2].endswith(";"):
        store.executescript(sys.argv[2])
      else:
        print(store.execute(sys.argv[2]).fetchone()[0])
      """,
      path, sql,
    ]
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  @Test func `a store of an earlier version gets the figures that it lacks`() throws {
    let path = try store().path
    _ = try sqlite(path, "ALTER TABLE replays DROP COLUMN time_total;")
    #expect(throws: InputError.self) { try StudyStore(reading: path).rows(of: StudyQuery(figures: ["time.total"])) }
    try collect("\(fixture.folder)/study.jsonl", into: "study.sqlite")
    let rows = try StudyStore(reading: path).rows(of: StudyQuery(figures: ["time.total", "time.comm"]))
    #expect(rows.count == 12 && rows.allSatisfy { $0.figures["time.total"] == nil && $0.figures["time.comm"] != nil })
  }

  @Test func `a store holds what its manifest plans, and nothing of an earlier one`() throws {
    _ = try store()
    _ = try fixture.scratch.file("mine.yaml", readText("\(fixture.folder)/mine.yaml") + "# edited\n")
    let study = try fixture.study(["seeds": "[0]", "clusters": "['@/slow.yaml']", "ranks": "[4]"])
    let manifest = try fixture.manifest(study)
    _ = try StudyRun(manifest: manifest, folder: "\(fixture.folder)/results", jobs: nil, threads: 2).run()
    #expect(try collect(manifest, into: "study.sqlite").taken == 2)
    #expect(try StudyStore(reading: "\(fixture.folder)/study.sqlite").rows(of: StudyQuery(figures: [])).count == 12)
    #expect(try collect(manifest, into: "study.sqlite").taken == 0)
  }

  @Test func `a store that cannot be completed stays as it was, and a new one does not appear`() throws {
    let before = try readWhole(store().path)
    let manifest = "\(fixture.folder)/study.jsonl"
    let results = "\(fixture.folder)/results/results"
    let files = try FileManager.default.subpathsOfDirectory(atPath: results).filter { $0.hasSuffix(".gz") }.sorted()
    try Data("not a result".utf8).write(to: URL(fileURLWithPath: "\(results)/\(try #require(files.last))"))
    // Another manifest of the same study empties the store, and then meets the file.
    try (readText(manifest) + "\n").write(toFile: manifest, atomically: true, encoding: .utf8)
    for store in ["study.sqlite", "new.sqlite"] {
      let error = #expect(throws: InputError.self) { try collect(manifest, into: store) }
      #expect(error?.status == .data, "\(error?.description ?? "")")
    }
    #expect(try readWhole("\(fixture.folder)/study.sqlite") == before)
    let names = try FileManager.default.contentsOfDirectory(atPath: fixture.folder)
    #expect(!names.contains { $0.hasPrefix("new.sqlite") || $0.contains("partial") || $0.hasSuffix("-journal") })
  }

  /// Makes a table one that takes anything, as a copy without types and keys does.
  private static func loosened(_ table: String) -> String {
    "CREATE TABLE loose AS SELECT * FROM \(table); DROP TABLE \(table); ALTER TABLE loose RENAME TO \(table);"
  }

  @Test(arguments: ["trace", "policy", "ranks", "isBaseline"])
  func `a row that lacks what every row has is refused in a sentence`(column: String) throws {
    let path = try store().path
    _ = try sqlite(path, "\(Self.loosened("replays")) UPDATE replays SET \(column) = NULL;")
    let error = #expect(throws: InputError.self) {
      try StudyStore(reading: path).rows(of: StudyQuery(figures: ["time.total"]))
    }
    #expect(error?.message == "not the results of a study: a value of another kind")
  }

  @Test(arguments: ["UPDATE study SET value = x'ff';", "\(loosened("study")) UPDATE study SET key = NULL;"])
  func `a store whose owner cannot be told is refused in a sentence`(sql: String) throws {
    let path = try store().path
    _ = try sqlite(path, sql)
    let error = #expect(throws: InputError.self) { try collect("\(fixture.folder)/study.jsonl", into: "study.sqlite") }
    #expect(error?.message == "not the results of a study: a value of another kind")
  }

  @Test func `a store that says something twice is collected into`() throws {
    let path = try store().path
    _ = try sqlite(path, "\(Self.loosened("study")) INSERT INTO study SELECT * FROM study;")
    #expect(try collect("\(fixture.folder)/study.jsonl", into: "study.sqlite").missing == 0)
  }

  @Test func `other files, and stores of other studies, are refused`() throws {
    _ = try store()
    let text = try fixture.scratch.file("text.sqlite", String(repeating: "not a database\n", count: 100))
    for (name, status) in [(text, InputError.Status.data), ("\(fixture.folder)/none.sqlite", .missing)] {
      let error = #expect(throws: InputError.self) { try StudyStore(reading: name) }
      #expect(error?.status == status, "\(error?.description ?? "")")
    }
    let other = try fixture.manifest(fixture.study(["name": "other"]), name: "other.jsonl")
    _ = try StudyRun(manifest: other, folder: "\(fixture.folder)/other", jobs: 0..<1, threads: 1).run()
    let error = #expect(throws: InputError.self) { try collect(other, from: "other", into: "study.sqlite") }
    #expect(error?.description.contains("results of study 'small', not of 'other'") == true)
  }
}
