import Diagnostics
import Foundation

/// A stored file, or standard input for `-`.
package final class FileInput: ByteInput {
  package let name: String
  package private(set) var offset = 0
  /// Bytes of the file; nil for a pipe.
  package let size: Int?
  let descriptor: Int32
  /// Read but not yet taken, and what was read behind it to look ahead.
  private var pending: ArraySlice<UInt8> = []
  private var ahead: ArraySlice<UInt8> = []
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

  package func readPiece(atMost count: Int) throws(InputError) -> [UInt8] { Array(try take(atMost: count)) }

  /// Up to `count` bytes in the pieces in which they were read, which are not copied; fewer only at the end.
  package func pieces(of count: Int) throws(InputError) -> [ArraySlice<UInt8>] {
    var pieces = [ArraySlice<UInt8>]()
    var left = count
    while left > 0, case let piece = try take(atMost: left), !piece.isEmpty {
      pieces.append(piece)
      left -= piece.count
    }
    return pieces
  }

  /// The next bytes; none only at the end.
  private func take(atMost count: Int) throws(InputError) -> ArraySlice<UInt8> {
    if pending.isEmpty { pending = try next() }
    let piece = pending.prefix(count)
    pending = pending.dropFirst(piece.count)
    offset += piece.count
    return piece
  }

  /// The next bytes without taking them; fewer than `count` only at the end.
  package func peek(_ count: Int) throws(InputError) -> ArraySlice<UInt8> {
    if pending.isEmpty { pending = try next() }
    while pending.count + ahead.count < count, case let piece = try read(), !piece.isEmpty {
      ahead = ahead.isEmpty ? piece : ahead + piece
    }
    return pending.count < count ? pending + ahead.prefix(count - pending.count) : pending.prefix(count)
  }

  /// Passes over so many bytes, or to the end; without reading them where nobody observes and the file can be sought.
  ///
  /// - Returns: how many there were.
  package func skip(_ count: Int) throws(InputError) -> Int {
    var passed = 0
    while passed < count, !pending.isEmpty || !ahead.isEmpty { passed += try take(atMost: count - passed).count }
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
    while passed < count, case let bytes = try take(atMost: count - passed), !bytes.isEmpty { passed += bytes.count }
    return passed
  }

  /// Passes over the rest, which the observer still receives.
  package func drain() throws(InputError) {
    guard observer != nil || size == nil else {
      _ = try skip(.max)
      return
    }
    while try !take(atMost: .max).isEmpty {}
  }

  /// Room for the next piece: no more than what is left of the file needs, as most files are small.
  private var room: Int {
    if hasSought { return Self.smallest }
    return size.map { min(piece, max($0 - offset - pending.count - ahead.count, Self.smallest)) } ?? piece
  }

  /// The next piece, which may have been read to look ahead.
  private func next() throws(InputError) -> ArraySlice<UInt8> {
    guard !ahead.isEmpty else { return try read() }
    defer { ahead = [] }
    return ahead
  }

  /// The next piece of the file; none only at its end.
  private func read() throws(InputError) -> ArraySlice<UInt8> {
    let piece: [UInt8]
    do throws(SystemError) {
      piece = try readOnce(atMost: room)
    } catch {
      throw InputError("cannot be read: \(error.description)", in: name, status: .missing)
    }
    hasSought = false
    if !piece.isEmpty { observer?(piece) }
    progress?.read(bytes: piece.count)
    return piece[...]
  }
}
