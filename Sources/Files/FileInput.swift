import Diagnostics
import Foundation

/// A stored file, or standard input for `-`.
package final class FileInput: ByteInput {
  package let name: String
  package private(set) var offset = 0
  /// Bytes of the file; nil for a pipe.
  package let size: Int?
  let descriptor: Int32
  /// Read but not yet taken.
  private var pending: ArraySlice<UInt8> = []
  private let observer: (@Sendable ([UInt8]) -> Void)?
  private let progress = WorkProgress.current

  /// - Parameter observer: receives every piece of the file in order, also those that are skipped over.
  /// - Throws: `InputError` (missing) when the file cannot be opened or is a folder.
  package init(path: String, observer: (@Sendable ([UInt8]) -> Void)? = nil) throws(InputError) {
    name = path == "-" ? "standard input" : path
    guard path != "-" || isatty(STDIN_FILENO) == 0 else {
      throw InputError("is a terminal, expected a file or a pipe", in: name, status: .usage)
    }
    self.observer = observer
    descriptor = path == "-" ? dup(STDIN_FILENO) : Self.opened(path)
    var information = stat()
    guard descriptor >= 0, fstat(descriptor, &information) == 0 else {
      let error = SystemError.last
      throw error.code == ENOENT
        ? MissingPath.error(path) : InputError(error.description, in: name, status: .missing)
    }
    switch information.st_mode & S_IFMT {
    case S_IFDIR:
      close(descriptor)
      throw InputError("is a folder, expected a file", in: path, status: .missing)
    case S_IFREG: size = Int(information.st_size)
    default: size = nil
    }
  }

  deinit { close(descriptor) }

  /// The descriptor of a file; below 0 where it cannot be opened.
  private static func opened(_ path: String) -> Int32 {
    var descriptor: Int32
    repeat { descriptor = open(path, O_RDONLY | O_CLOEXEC) } while descriptor < 0 && errno == EINTR
    return descriptor
  }

  package func readPiece(atMost count: Int) throws(InputError) -> [UInt8] {
    if pending.isEmpty { try refill() }
    let piece = Array(pending.prefix(count))
    pending = pending.dropFirst(piece.count)
    offset += piece.count
    return piece
  }

  /// The next bytes without taking them; fewer than `count` only at the end.
  package func peek(_ count: Int) throws(InputError) -> ArraySlice<UInt8> {
    while pending.count < count {
      let before = pending
      try refill()
      if pending.isEmpty {
        pending = before
        break
      }
      if !before.isEmpty { pending = ArraySlice(before + pending) }
    }
    return pending.prefix(count)
  }

  /// Passes over the rest, which the observer still receives.
  package func drain() throws(InputError) {
    repeat {
      offset += pending.count
      try refill()
    } while !pending.isEmpty
  }

  /// Replaces `pending` by the next piece of the file.
  private func refill() throws(InputError) {
    let piece: [UInt8]
    do throws(SystemError) {
      piece = try readOnce(atMost: 1 << 18)
    } catch {
      throw InputError("cannot be read: \(error.description)", in: name, status: .missing)
    }
    pending = piece[...]
    if !piece.isEmpty { observer?(piece) }
    progress?.read(bytes: piece.count)
  }
}
