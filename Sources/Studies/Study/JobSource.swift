import Diagnostics
import Foundation

/// Jobs of a manifest, handed to whoever asks next.
protocol JobSource: Sendable {
  var manifest: StudyManifest { get }

  /// The next job and its number, from 0; nil after the last.
  func next() throws -> (number: Int, job: StudyJob)?
}

/// Jobs that follow each other.
final class JobLines: JobSource, @unchecked Sendable {
  // Only the holder of the lock reads.
  private let lock = NSLock()
  private let reader: StudyManifestReader
  private let end: Int

  var manifest: StudyManifest { reader.manifest }

  init(_ reader: StudyManifestReader, jobs: Range<Int>) throws {
    self.reader = reader
    end = jobs.upperBound
    try reader.pass(to: jobs.lowerBound)
  }

  func next() throws -> (number: Int, job: StudyJob)? {
    try lock.withLock {
      let number = reader.count
      return try number < end ? reader.next().map { (number, $0) } : nil
    }
  }
}

/// Jobs that somebody else chooses, by number and in any order; the manifest is read forwards where that is possible.
final class AskedJobs: JobSource, @unchecked Sendable {
  // Only the holder of the lock asks and reads.
  private let lock = NSLock()
  private let path: String
  private var reader: StudyManifestReader
  private let ask: @Sendable () throws -> Int?

  let manifest: StudyManifest

  init(_ path: String, ask: @escaping @Sendable () throws -> Int?) throws {
    self.path = path
    self.ask = ask
    reader = try StudyManifestReader(path)
    manifest = reader.manifest
  }

  func next() throws -> (number: Int, job: StudyJob)? {
    try lock.withLock {
      guard let number = try ask() else { return nil }
      guard 0..<manifest.jobs ~= number else {
        throw InputError("no job \(number); the manifest has 0…\(manifest.jobs - 1)", in: path, status: .usage)
      }
      if number < reader.count { reader = try StudyManifestReader(path) }
      try reader.pass(to: number)
      return try reader.next().map { (number, $0) }
    }
  }
}
