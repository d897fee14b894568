import Containers
import Diagnostics
import Files
import Foundation

/// Where a study's results are: a file for each job, named by its digest, there when it is complete.
///
///     study.json
///     results/3f/3f0c….json.gz      an outcome, or what a shard of one came to
///     traces/9a41….moetrace     generated from workloads
///
/// Several machines may write to one folder at once: files have different names, or the same content.
public struct StudyFolder: Sendable {
  private struct Owner: Codable {
    var format: String
    var study: String
  }

  /// Bytes of a shard, inflated.
  private static let largestShard = 16 << 30

  public let path: String

  /// Makes the folder, or goes on in it.
  ///
  /// - Throws: `InputError`: a folder of another study; (output) one that cannot be made.
  public init(making path: String, for manifest: StudyManifest) throws {
    self.path = path
    let owner = "\(path)/study.json"
    if FileManager.default.fileExists(atPath: owner) {
      try check(manifest)
      return
    }
    for folder in [path, "\(path)/results", "\(path)/traces"] { try makeFolder(folder) }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let text = try encoder.encode(Owner(format: StudyManifest.format, study: manifest.study))
    try OutputFile.write(String(decoding: text, as: UTF8.self) + "\n", to: owner)
  }

  /// - Throws: `InputError`: (missing) no such folder; one of another study.
  public init(existing path: String, of manifest: StudyManifest) throws {
    self.path = path
    guard FileManager.default.fileExists(atPath: "\(path)/study.json") else {
      throw InputError(
        "no results of a study; run it first, or name their folder with --results", in: path, status: .missing)
    }
    try check(manifest)
  }

  private func check(_ manifest: StudyManifest) throws {
    let name = "\(path)/study.json"
    guard let owner = try? JSONDecoder().decode(Owner.self, from: Data(try readText(name).utf8)),
      owner.format == StudyManifest.format
    else { throw InputError("not what a study writes into its folder", in: name) }
    guard owner.study == manifest.study else {
      throw InputError(
        "results of study '\(owner.study)', not of '\(manifest.study)'; give another folder with --results", in: path,
        status: .usage)
    }
  }

  private func file(of job: StudyJob) -> String { "\(path)/results/\(job.job.prefix(2))/\(job.job).json.gz" }

  public func hasOutcome(of job: StudyJob) -> Bool { FileManager.default.fileExists(atPath: file(of: job)) }

  /// - Throws: `InputError` (output).
  func write(_ outcome: StudyOutcome) throws { try write(try Self.stored(outcome), of: outcome.job) }

  private func write(_ bytes: [UInt8], of job: StudyJob) throws {
    try makeFolder("\(path)/results/\(job.job.prefix(2))")
    let output = try OutputFile(path: file(of: job))
    try output.write(bytes)
    try output.commit()
  }

  /// The bytes of an outcome's file: compressed JSON with sorted keys.
  static func stored(_ outcome: StudyOutcome) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    var bytes: [UInt8] = []
    let gzip = try GzipWriter { bytes += $0 }
    try gzip.write(Array(try encoder.encode(outcome)))
    try gzip.finish()
    return bytes
  }

  /// What a job came to; nil if it has not been run.
  ///
  /// - Throws: `InputError` for a file that is not what `write` wrote.
  public func outcome(of job: StudyJob) throws -> StudyOutcome? {
    guard hasOutcome(of: job) else { return nil }
    let name = file(of: job)
    let text = try attributing(name) { () throws(InputError) in
      let reader = try GzipReader(try FileInput(path: name))
      return try reader.read(count: maximumTextBytes)
    }
    guard let outcome = try? JSONDecoder().decode(StudyOutcome.self, from: Data(text)), outcome.job == job else {
      throw InputError("not the outcome of job \(job.job); remove it and run the study again", in: name)
    }
    return outcome
  }

  /// What a shard came to; nil if it has not been replayed.
  ///
  /// - Throws: `InputError` for a file that is not what `write` wrote.
  func shard(of job: StudyJob) throws -> StoredShard? {
    guard hasOutcome(of: job) else { return nil }
    let name = file(of: job)
    let bytes = try attributing(name) { () throws(InputError) in
      try GzipReader(try FileInput(path: name)).read(count: Self.largestShard)
    }
    guard let shard = StoredShard(bytes, of: job) else {
      throw InputError("not a shard of job \(job.whole.job); remove it and run the study again", in: name)
    }
    return shard
  }

  /// - Throws: `InputError` (output).
  func write(_ shard: StoredShard, of job: StudyJob) throws { try write(try shard.stored(of: job), of: job) }

  /// Where a workload's recording is, or will be.
  func tracePath(of trace: StudyManifest.Trace, seed: UInt64) -> String {
    "\(path)/traces/\(trace.digest.prefix(24))-\(seed).moetrace"
  }
}
