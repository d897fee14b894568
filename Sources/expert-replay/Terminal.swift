import Foundation

/// The window that standard output is shown in.
struct Terminal {
  /// Characters in a line; nil where it does not say.
  let width: Int?
  /// False where `NO_COLOR` is set (no-color.org), or the terminal is a `dumb` one.
  let likesColour: Bool

  /// Nil where standard output is a file or a pipe.
  static var ofOutput: Terminal? {
    guard isatty(STDOUT_FILENO) == 1 else { return nil }
    var size = winsize()
    let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let environment = ProcessInfo.processInfo.environment
    return Terminal(
      width: isKnown ? Int(size.ws_col) : nil,
      likesColour: (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb")
  }
}
