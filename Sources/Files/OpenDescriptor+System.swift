import Foundation

extension OpenDescriptor {
  /// Writes all of it, however many calls that takes.
  func write(_ bytes: some ContiguousBytes) throws(SystemError) {
    let code: Int32 = bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let written = Foundation.write(number, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if written >= 0 {
          rest = rest.dropFirst(written)
        } else if errno == EAGAIN {
          waitForRoom()
        } else if errno != EINTR {
          return errno
        }
      }
      return 0
    }
    if code != 0 { throw SystemError(code) }
  }

  /// Some programs hand on a pipe that does not block.
  private func waitForRoom() {
    var events = pollfd(fd: number, events: Int16(POLLOUT), revents: 0)
    _ = poll(&events, 1, -1)
  }
}
