import CommandRunner
import Foundation
import PythonRunner
import Testing

/// What commands show on terminals of several widths, with colours and without: `Golden/terminal/` holds all of them, a
/// file for each command, with `␛` for the character that begins a colour.
@Suite(.enabled(if: Python.has("import pty"))) struct TerminalSnapshotTests {
  private static let widths = [80, 120, 160]
  private static let hotCold = "traces/hot-cold.moetrace --ranks 16"
  private static let decode = "traces/decode-256.moetrace"

  static let commands = [
    ("replay", "replay \(decode) --repeat 12 --policy eplb --policy distribution-only --policy oracle"),
    ("screen", "screen \(decode) --ranks 16"),
    ("advise", "advise \(hotCold) --link-speeds 1 0.0625 --formula"),
    ("tune", "advise \(hotCold) --tune --steps 0:16"),
    ("sweep", "sweep \(decode) --points 4 --ranks 16"),
    ("inspect", "inspect \(hotCold)"),
    ("plan", "plan \(decode) --policy eplb --ranks 16 --to sglang -o {T}/plan.json"),
    ("list", "list models"), ("list-formats", "list formats"),
  ]

  @Test("They are the known ones, and no line is wider than the window", arguments: commands)
  func snapshots(name: String, arguments: String) throws {
    let styles = Self.widths.flatMap { width in [false, true].map { (width: width, isColourful: $0) } }
    let scratch = try Scratch()
    let command =
      [Tool.executable.path]
      + arguments.replacing("{T}", with: scratch.folder.path).split(separator: " ").map(String.init) + ["--quiet"]
    let outcomes = try Terminals.run(
      styles.map { style in
        Terminals.Command(
          command, in: Tool.root, columns: style.width,
          environment: style.isColourful ? ["NO_COLOR": ""] : ["NO_COLOR": "1"])
      })
    var text = "$ expert-replay \(arguments)\n"
    for (style, outcome) in zip(styles, outcomes) {
      #expect(outcome.status == 0, "\(outcome.shown)")
      let bare = outcome.shown.replacing(#/\u{1B}\[[0-9;]*m/#, with: "")
      if !style.isColourful { #expect(bare == outcome.shown) }
      for line in bare.split(separator: "\n") where line.count > style.width {
        Issue.record("\(name): \(line.count) columns of \(style.width): \(line)")
      }
      text += "\n=== \(style.width) columns\(style.isColourful ? ", in colour" : "")\n"
      text += outcome.shown.replacing("\u{1B}", with: "␛")
    }
    try Golden.expect(text, isFile: "terminal/\(name).txt")
  }
}
