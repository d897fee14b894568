import Diagnostics
import Foundation
import Studies

/// A manifest whose jobs an engine is to run.
public struct StudySubmission: Sendable {
  /// Absolute, as other machines see it where storage is shared.
  public let manifest: String
  public let results: String
  /// The file that results are collected into in the end.
  public let store: String
  /// The most jobs that run at a time; nil for as many as the engine has room for.
  public let workers: Int?
  /// How often a job is submitted again whose worker came to an end without it.
  public let retries: Int
  /// Handed on to the engine's own command.
  public let options: [String]

  let study: String
  private let folder: StudyFolder

  /// - Throws: `InputError`: no manifest, one of another version of the tool; (usage) a folder of another study.
  public init(
    manifest: String, results: String, store: String, workers: Int? = nil, retries: Int = 3, options: [String] = []
  ) throws {
    let header = try StudyManifestReader(manifest).manifest
    folder = try StudyFolder(making: results, for: header)
    study = header.study
    self.manifest = Self.absolute(manifest)
    self.results = Self.absolute(results)
    self.store = Self.absolute(store)
    self.workers = workers
    self.retries = retries
    self.options = options
  }

  private static func absolute(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }

  /// Numbers of the jobs without an outcome, from 0, ascending.
  func missing() throws -> [Int] {
    let reader = try StudyManifestReader(manifest)
    var numbers: [Int] = []
    while let job = try reader.next() {
      if !folder.hasOutcome(of: job) { numbers.append(reader.count - 1) }
    }
    return numbers
  }

  /// Outcomes in the folder, whoever wrote them: faster to find than which jobs they are of.
  func outcomes() -> Int {
    let files = FileManager.default
    let folders = (try? files.contentsOfDirectory(atPath: "\(results)/results")) ?? []
    return folders.reduce(0) { sum, folder in
      let names = (try? files.contentsOfDirectory(atPath: "\(results)/results/\(folder)")) ?? []
      return sum + names.count { $0.hasSuffix(".json.gz") }
    }
  }
}
