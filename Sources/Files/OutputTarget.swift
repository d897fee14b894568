import Foundation

/// What stands at the end of a path that is to be written, links followed.
enum OutputTarget {
  /// A regular file, or none yet; its status if it is there.
  case regular(String, stat?)
  /// A device, a FIFO or a socket.
  case special(String)
  /// An open descriptor of this process, such as `/dev/stdout`.
  case descriptor(Int32)

  /// As many links as Linux follows.
  private static let mostLinks = 40

  init(following path: String) throws(SystemError) {
    var path = path
    for _ in 0..<Self.mostLinks {
      if let number = Self.descriptor(path) {
        self = .descriptor(number)
        return
      }
      guard let next = Self.link(path) else {
        self = try Self.at(path)
        return
      }
      path = next.hasPrefix("/") ? next : Self.folder(of: path) + next
    }
    throw SystemError(ELOOP)
  }

  /// The folder of a path with its slash; empty for the working directory.
  static func folder(of path: String) -> String {
    path.lastIndex(of: "/").map { String(path[...$0]) } ?? ""
  }

  private static func at(_ path: String) throws(SystemError) -> OutputTarget {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let error = SystemError.last
      guard error.code == ENOENT, !path.isEmpty, !path.hasSuffix("/") else { throw error }
      return .regular(path, nil)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .regular(path, status)
    case S_IFDIR: throw SystemError(EISDIR)
    default: return .special(path)
    }
  }

  /// What a symbolic link says; nil for anything else.
  private static func link(_ path: String) -> String? {
    try? FileManager.default.destinationOfSymbolicLink(atPath: path)
  }

  /// The number of an open descriptor that the path stands for: opening it anew would start from its file's beginning.
  private static func descriptor(_ path: String) -> Int32? {
    for folder in ["/dev/fd/", "/proc/self/fd/", "/proc/\(getpid())/fd/"] where path.hasPrefix(folder) {
      return Int32(path.dropFirst(folder.count))
    }
    return nil
  }
}
