import Diagnostics
import Foundation

package func isFolder(_ path: String) -> Bool {
  var status = stat()
  return path != "-" && stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
}

/// The names of what a folder holds, in natural order, without hidden ones.
///
/// - Throws: `InputError` (missing) for a folder that cannot be read.
package func namesInFolder(_ path: String) throws(InputError) -> [String] {
  let names: [String]
  do {
    names = try FileManager.default.contentsOfDirectory(atPath: path)
  } catch {
    throw InputError("cannot be read: \(SystemError.last.description)", in: path, status: .missing)
  }
  return names.filter { !$0.hasPrefix(".") }.sorted { comesNaturally($0, before: $1) }
}

/// What tells a file from others, whatever its path: its device and its number there; nil where there is none.
package struct FileIdentity: Hashable, Sendable {
  private let device: UInt64
  private let number: UInt64

  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }

  init(_ status: stat) {
    device = UInt64(truncatingIfNeeded: status.st_dev)
    number = UInt64(truncatingIfNeeded: status.st_ino)
  }
}
