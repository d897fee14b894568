import Containers
import Diagnostics
import Files
import Foundation

/// A manifest read line by line, however long it is.
public final class StudyManifestReader {
  public let manifest: StudyManifest
  private let path: String
  private let lines: LineReader
  private let decoder = JSONDecoder()
  /// Jobs read so far.
  public private(set) var count = 0

  /// - Throws: `InputError`: missing, no manifest, or of another version of the tool.
  public init(_ path: String) throws {
    self.path = path
    lines = LineReader(try FileInput(path: path), limit: StudyManifest.longestLine)
    guard let first = try lines.next(), let manifest = try? decoder.decode(StudyManifest.self, from: Data(first)) else {
      throw InputError("not a manifest; expected what study plan -o wrote", in: path, at: .init(line: 1))
    }
    try manifest.check(path)
    self.manifest = manifest
  }

  /// The next job; nil after the last.
  ///
  /// - Throws: `InputError` with the line: not a job, or fewer or more of them than the first line says.
  public func next() throws(InputError) -> StudyJob? {
    let line = try attributing(path) { () throws(InputError) in try lines.next() }
    guard let line else {
      guard count == manifest.jobs else {
        throw InputError("\(count) jobs, expected \(manifest.jobs): it was cut short", in: path)
      }
      return nil
    }
    guard let job = try? decoder.decode(StudyJob.self, from: Data(line)), job.shard?.isOne ?? true else {
      throw InputError("not a job", in: path, at: .init(line: lines.line))
    }
    count += 1
    guard count <= manifest.jobs else {
      throw InputError("more than the \(manifest.jobs) jobs of the first line", in: path, at: .init(line: lines.line))
    }
    return job
  }

  /// Passes over the jobs before the one of a number, from 0, without looking at them.
  ///
  /// - Throws: `InputError`: there are fewer.
  func pass(to number: Int) throws(InputError) {
    while count < number {
      guard try attributing(path, { () throws(InputError) in try lines.next() }) != nil else {
        throw InputError("\(count) jobs, expected \(manifest.jobs): it was cut short", in: path)
      }
      count += 1
    }
  }
}
