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
  /// Whether the last bytes were passed over unread: what comes next may be no more than a head with the length of what
  /// to pass over then.
  private var hasSought = false
  /// Bytes that are asked of the system at once, at most.
  private let piece: Int
  /// Bytes that are asked of it also where a file should have fewer left: it may have grown, or not tell its size.
  private static let smallest = 1 << 12
  private let progress = WorkProgress.current

  /// - Parameters:
  ///   - observer: receives every piece of the file in order, also those that are skipped over.
  ///   - piece: bytes that are asked of the system at once; few where most of the file is skipped.
  /// - Throws: `InputError` (missing) when the file cannot be opened or is a folder.
  package init(
    path: String, observer: (@Sendable ([UInt8]) -> Void)? = nil, piece: Int = 1 << 18
  ) throws(InputError) {
    self.piece = piece
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

  /// Passes over so many bytes, or to the end; without reading them where nobody observes and the file can be sought.
  ///
  /// - Returns: how many there were.
  package func skip(_ count: Int) throws(InputError) -> Int {
    let ready = min(count, pending.count)
    pending = pending.dropFirst(ready)
    offset += ready
    var passed = ready
    if observer == nil, let size, passed < count {
      let ahead = min(count - passed, max(0, size - offset))
      guard lseek(descriptor, off_t(ahead), SEEK_CUR) >= 0 else {
        throw InputError("cannot be read: \(SystemError.last.description)", in: name, status: .missing)
      }
      offset += ahead
      hasSought = true
      progress?.read(bytes: ahead)
      return passed + ahead
    }
    while passed < count {
      let bytes = try readPiece(atMost: count - passed)
      if bytes.isEmpty { break }
      passed += bytes.count
    }
    return passed
  }

  /// Passes over the rest, which the observer still receives.
  package func drain() throws(InputError) {
    guard observer != nil || size == nil else {
      _ = try skip(.max)
      return
    }
    repeat {
      offset += pending.count
      pending = []
      try refill()
    } while !pending.isEmpty
  }

  /// Room for the next piece: no more than what is left of the file needs, as most files are small.
  private var room: Int {
    if hasSought { return Self.smallest }
    return size.map { min(piece, max($0 - offset - pending.count, Self.smallest)) } ?? piece
  }

  /// Replaces `pending` by the next piece of the file.
  private func refill() throws(InputError) {
    let piece: [UInt8]
    do throws(SystemError) {
      piece = try readOnce(atMost: room)
    } catch {
      throw InputError("cannot be read: \(error.description)", in: name, status: .missing)
    }
    pending = piece[...]
    hasSought = false
    if !piece.isEmpty { observer?(piece) }
    progress?.read(bytes: piece.count)
  }
}
