import Diagnostics
import Files
import Foundation
import GRDB
import Replay
import Reporting
import Studies

extension StudyStore {
  public typealias Collected = (taken: Int, missing: Int, lacking: InputError?)

  /// Jobs in a transaction.
  private static let batch = 256

  /// Takes up into a store the outcomes of a manifest's jobs that it does not have yet; what it has of an earlier manifest
  /// goes, as files and versions may have been others then. The store is there when it is complete, and stays as it was
  /// where it cannot be.
  ///
  /// - Parameter store: its path; it is made if it is not there.
  /// - Returns: jobs with an outcome that were taken up, jobs without one, and what this machine lacks to put shards of
  ///   one together.
  /// - Throws: `InputError`: a manifest or an outcome that is wrong; a store of another study; (output) a full disk.
  @discardableResult
  public static func collect(
    manifest: String, folder: String, into store: String
  ) throws -> Collected {
    let output = try OutputPath(store)
    let made = try StudyStore(making: store, at: output)
    let collected = try made.collect(manifest: manifest, folder: folder)
    do { try made.queue.close() } catch { throw failure(error, store, status: .output) }
    try output.commit()
    return collected
  }

  private func collect(manifest path: String, folder: String) throws -> Collected {
    let reader = try StudyManifestReader(path)
    let manifest = reader.manifest
    let folder = try StudyFolder(existing: folder, of: manifest)
    let identity = try StudyIdentity(of: manifest)
    try setOwner(manifest, digest: SHA256.digest(ofFile: path).digest)
    let counter = WorkProgress.begin("collecting", .jobs, total: manifest.jobs)
    defer { counter?.end() }
    let merger = ShardMerger(manifest, folder: folder)
    var lacking: InputError?
    var (taken, missing, batch) = (0, 0, [StudyJob]())
    while case let job = try reader.next(), job != nil || !batch.isEmpty {
      if let job, job.shard.map({ $0.number == 0 }) ?? true { batch.append(job) }
      guard job == nil || batch.count == Self.batch else { continue }
      let outcomes = try merger.outcomes(of: unknown(of: batch)).map { outcome in
        do { return try outcome.get() } catch let error as InputError where error.status == .missing {
          lacking = lacking ?? error
          return nil
        }
      }
      try write(outcomes.compactMap { $0 }, identity)
      taken += outcomes.count { $0 != nil }
      missing += outcomes.count { $0 == nil }
      counter?.advance(by: batch.count)
      batch.removeAll(keepingCapacity: true)
    }
    return (taken, missing, lacking)
  }

  private func setOwner(_ manifest: StudyManifest, digest: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let options = String(decoding: try encoder.encode(manifest.options), as: UTF8.self)
    let values = [
      "study": manifest.study, "tool": manifest.tool, "baseline": manifest.baseline, "options": options,
      "jobs": String(manifest.outcomes ?? manifest.jobs), "replays": String(manifest.replays), "manifest": digest,
    ]
    try write { database in
      let before = try Dictionary(
        Row.fetchAll(database, sql: "SELECT key, value FROM study").map {
          (try $0.decode(String.self, atIndex: 0), try $0.decode(String.self, atIndex: 1))
        }
      ) { first, _ in first }
      if let study = before["study"], study != manifest.study {
        throw InputError(
          "results of study '\(study)', not of '\(manifest.study)'; give another file", in: self.path, status: .usage)
      }
      if before["manifest"] != digest {
        for table in ["settings", "notes", "replays"] { try database.execute(sql: "DELETE FROM \(table)") }
      }
      for (key, value) in values.sorted(by: { $0.key < $1.key }) {
        try database.execute(sql: "INSERT OR REPLACE INTO study VALUES (?, ?)", arguments: [key, value])
      }
    }
  }

  private func unknown(of jobs: [StudyJob]) throws -> [StudyJob] {
    let known = try read { database in
      let marks = databaseQuestionMarks(count: jobs.count)
      return try Set(
        String.fetchAll(
          database, sql: "SELECT DISTINCT job FROM replays WHERE job IN (\(marks))",
          arguments: StatementArguments(jobs.map(\.whole.job))))
    }
    return jobs.filter { !known.contains($0.whole.job) }
  }

  private func write(_ outcomes: [StudyOutcome], _ identity: StudyIdentity) throws {
    try write { database in
      for outcome in outcomes { try StoredOutcome(outcome, identity).insert(into: database) }
    }
  }

  private func write(_ body: (Database) throws -> Void) throws {
    do { try queue.write(body) } catch { throw Self.failure(error, path, status: .output) }
  }
}
