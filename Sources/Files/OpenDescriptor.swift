import Foundation

/// A descriptor to write to.
final class OpenDescriptor {
  private(set) var number: Int32
  private let isOwned: Bool

  /// One that belongs to the process, such as standard output: it stays open.
  init(borrowing number: Int32) {
    self.number = number
    isOwned = false
  }

  init(duplicating number: Int32) throws(SystemError) {
    self.number = fcntl(number, F_DUPFD_CLOEXEC, 3)
    isOwned = true
    if self.number < 0 { throw .last }
  }

  /// - Parameter mode: of a file that is made, before the process's umask.
  init(opening path: String, _ flags: Int32, mode: mode_t = 0) throws(SystemError) {
    isOwned = true
    repeat { number = open(path, flags | O_CLOEXEC, mode) } while number < 0 && errno == EINTR
    if number < 0 { throw .last }
  }

  deinit { if isOwned, number >= 0 { Foundation.close(number) } }

  /// Gives a file the owner and mode of another. Only the administrator may give files away, so the owner is kept where
  /// that is permitted.
  func adopt(_ status: stat) throws(SystemError) {
    // Giving a file away clears bits of its mode.
    _ = fchown(number, status.st_uid, status.st_gid)
    guard fchmod(number, status.st_mode & 0o7777) == 0 else { throw .last }
  }

  func close() throws(SystemError) {
    guard isOwned, number >= 0 else { return }
    let closed = Foundation.close(number)
    number = -1
    if closed != 0 { throw .last }
  }
}
