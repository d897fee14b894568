import Foundation

/// What tells that a file was changed: which one it is, how long, and when it was written last.
package struct FileStamp: Equatable, Sendable {
  private let file: FileIdentity
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// Nil where there is no file.
  package init?(_ path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    #if canImport(Darwin)
      let written = status.st_mtimespec
    #else
      let written = status.st_mtim
    #endif
    file = FileIdentity(status)
    (size, seconds, nanoseconds) = (Int(status.st_size), written.tv_sec, written.tv_nsec)
  }
}
