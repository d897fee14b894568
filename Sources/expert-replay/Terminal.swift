import ExpertReplay
import Foundation

/// The window that a stream is shown in.
struct Terminal {
  /// Characters in a line; nil where it does not say.
  let width: Int?
  /// False where `NO_COLOR` is set (no-color.org), or the terminal is a `dumb` one.
  let likesColour: Bool

  /// Standard output's; nil where that is a file or a pipe.
  static var ofOutput: Terminal? { Terminal(STDOUT_FILENO) }

  /// Standard error's, if it can rewrite a line.
  static var ofErrors: Terminal? { environment["TERM"] == "dumb" ? nil : Terminal(STDERR_FILENO) }

  /// How a report looks on standard output.
  static var style: ReportStyle {
    ofOutput.map { ReportStyle(width: $0.width, inColour: $0.likesColour) } ?? ReportStyle()
  }

  private init?(_ descriptor: Int32) {
    guard isatty(descriptor) == 1 else { return nil }
    var size = winsize()
    let isKnown = ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    width = isKnown ? Int(size.ws_col) : nil
    likesColour = (Self.environment["NO_COLOR"] ?? "").isEmpty && Self.environment["TERM"] != "dumb"
  }

  private static var environment: [String: String] { ProcessInfo.processInfo.environment }
}
