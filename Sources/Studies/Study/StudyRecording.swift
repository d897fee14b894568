import Diagnostics
import Files
import Foundation
import RoutingTrace

/// A recording of a study: a file, or a folder of files that are one.
enum StudyRecording {
  /// A digest of its bytes, and how many they are.
  ///
  /// - Throws: `InputError` for what cannot be read.
  static func digest(_ path: String) throws -> (digest: String, bytes: Int) {
    let files = try TraceFiles.paths(of: path)
    guard files != [path] else { return try SHA256.digest(ofFile: path) }
    var (hash, bytes) = (SHA256(), 0)
    for file in files {
      let found = try SHA256.digest(ofFile: file)
      // Names count, as they give the order.
      hash.update(Array("\(found.digest) \(file.dropFirst(path.count))\n".utf8))
      bytes += found.bytes
    }
    return (hash.hexadecimal(), bytes)
  }

  /// What tells whether it is still the same; those of a folder are of its files.
  static func stamps(_ path: String) throws -> [FileStamp?] { try TraceFiles.paths(of: path).map { FileStamp($0) } }
}
