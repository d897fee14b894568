import Diagnostics
import Foundation

/// The three descriptors that every process expects to have.
package enum StandardStreams {
  /// Fills those that are closed, so that no file that is opened later takes the number of one, and makes writing into a
  /// pipe that nobody reads any more, or beyond the size that files may have, an error like any other.
  package static func prepare() {
    for (number, mode) in [(STDIN_FILENO, O_WRONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_RDONLY)]
    where fcntl(number, F_GETFD) < 0 {
      // Opened the wrong way round: using it fails, as it would if it were closed. The lowest free number is this one.
      _ = open("/dev/null", mode)
    }
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// Writes to standard error as well as it goes: nobody is left to be told of a failure.
  package static func complain(_ text: String) {
    try? OpenDescriptor(borrowing: STDERR_FILENO).write(Array(text.utf8))
  }

  /// Writes to standard output at once, for whoever waits for it.
  package static func answer(_ text: String) throws(InputError) {
    do throws(SystemError) {
      try OpenDescriptor(borrowing: STDOUT_FILENO).write(Array(text.utf8))
    } catch { throw InputError("cannot write: \(error.description)", in: "standard output", status: .output) }
  }
}
