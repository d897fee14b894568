import CommandRunner
import Foundation
import PythonRunner
import Testing

/// Names that others wrote, on a terminal of 80 columns with colours: none moves the cursor, colours what follows, turns
/// the direction of writing or breaks the window, however long it is.
@Suite(.enabled(if: Python.has("import pty"))) struct HostileTerminalTests {
  /// A colour, a bell, a title, the one-byte form of the character that begins a colour, overrides and isolates of
  /// direction, a line break, and markup.
  private static let hostile = "<b>\u{1B}[31mred\u{7}\u{1B}]0;title\u{7}\u{9B}2J\u{202E}txt\u{2066}\u{200F}&amp;"
  private static let long = String(repeating: "long-name-", count: 20)

  /// A trace, a policy, a cluster and a model of a name, and the name as a file's, without `/`.
  private func folder(named name: String) throws -> Scratch {
    let scratch = try Scratch()
    let json = Self.quoted(name)
    let head = #"{"format":"moe-routing-trace","version":1,"layers":1,"experts":8,"topK":2,"content":"tokens","#
    let rows = (0..<48).map { #"{"step":\#($0),"layer":0,"experts":[[0,3],[1,\#(4 + $0 % 4)],[0,7]]}"# }
    _ = try scratch.file("t.jsonl", ([head + #""name":\#(json)}"#] + rows).joined(separator: "\n") + "\n")
    for (folder, file) in [("policies", "eplb"), ("clusters", "h100-ib"), ("models", "mixtral-8x7b")] {
      let text = try String(contentsOf: Tool.root.appendingPathComponent("\(folder)/\(file).yaml"), encoding: .utf8)
      let named = text.replacing("name: \(file)\n", with: "name: \(json)\n")
      #expect(named != text)
      try FileManager.default.createDirectory(
        at: scratch.folder.appendingPathComponent(folder), withIntermediateDirectories: true)
      _ = try scratch.file("\(folder)/mine.yaml", named)
      // What is listed: a file whose name and first comment are hostile.
      let title = String(name.prefix(80)).replacing("/", with: "")
      _ = try scratch.file("\(folder)/\(title).yaml", "# \(name.filter { $0 != "\u{9B}" })\n\(named)")
    }
    return scratch
  }

  /// As JSON and YAML take it, in ASCII.
  private static func quoted(_ name: String) -> String {
    let units = name.utf16.map { unit in
      (0x20...0x7E).contains(unit) ? String(UnicodeScalar(UInt8(unit))) : String(format: "\\u%04x", unit)
    }
    return "\"\(units.joined())\""
  }

  private static let machine = "--cluster mine --model mine --ranks 8"

  @Test(
    arguments: [hostile, long],
    [
      "replay t.jsonl \(machine) --policy mine --policy mine:steps=4", "replay t.jsonl \(machine) --policy mine --wide",
      "replay t.jsonl \(machine) --policy mine --verbose", "replay t.jsonl \(machine) --policy mine --explain",
      "inspect t.jsonl \(machine)", "inspect t.jsonl --against t.jsonl \(machine)", "screen t.jsonl \(machine)",
      "advise t.jsonl \(machine)", "advise t.jsonl \(machine) --tune",
      "sweep t.jsonl --points 2 \(machine) --policy mine",
      "plan t.jsonl --policy mine --cluster mine --ranks 8 --to json -o out", "list policies", "list clusters",
    ])
  func `results and what is said beside them`(name: String, arguments: String) throws {
    let outcome = try shown(arguments.split(separator: " ").map(String.init), in: folder(named: name))
    #expect(outcome.status == 0, "\(outcome.shown)")
    expectHarmless(outcome.shown, isFolded: !arguments.hasSuffix("--verbose"))
  }

  @Test(arguments: [
    ["replay", "NAME"], ["replay", "t.jsonl", "--policy", "NAME"], ["replay", "t.jsonl", "--format", "NAME"],
    ["replay", "t.jsonl", "--ranks", "NAME"], ["replay", "t.jsonl", "--NAME"], ["NAME"], ["list", "NAME"],
    ["replay", "t.jsonl", "-o", "none/NAME"], ["replay", "t.jsonl", "--policy", "mine:NAME=1"],
    ["convert", "t.jsonl", "-o", "x", "--from", "NAME"], ["validate", "NAME"], ["replay", "t.jsonl", "--as", "NAME"],
    ["comm", "NAME", "--cluster", "mine"], ["generate", "NAME", "-o", "x"], ["replay", "t.jsonl", "--model", "NAME"],
  ])
  func `errors`(arguments: [String]) throws {
    for name in [Self.hostile, Self.long] {
      let given = arguments.map { $0.replacing("NAME", with: name) }
      let outcome = try shown(given, in: folder(named: "plain"))
      #expect(outcome.status != 0)
      #expect(outcome.shown.hasPrefix("expert-replay: ") && outcome.shown.split(separator: "\n").count == 1)
      expectHarmless(outcome.shown, isFolded: false)
    }
  }

  private func shown(_ arguments: [String], in scratch: Scratch) throws -> Terminals.Outcome {
    try Terminals.run([
      Terminals.Command(
        [Tool.executable.path] + arguments, in: scratch.folder, columns: 80,
        environment: ["NO_COLOR": "", "EXPERT_REPLAY_HOME": Tool.root.path])
    ])[0]
  }

  /// - Parameter isFolded: whether lines fit the window; a message goes on as long as it is.
  private func expectHarmless(_ shown: String, isFolded: Bool) {
    // Colours and the wiped line are our own.
    let text = shown.replacing(#/\u{1B}\[(0|1|31|32|48;5;[0-9]+)m/#, with: "")
      .replacing(#/\r[^\r\n\u{1B}]*\u{1B}\[K/#, with: "")
    let acting = text.unicodeScalars.filter { scalar in
      scalar != "\n" && (scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value))
        || [0x200E, 0x200F, 0x061C].contains(scalar.value)
        || (0x202A...0x202E).contains(scalar.value) || (0x2066...0x2069).contains(scalar.value)
    }
    #expect(acting.isEmpty, "\(acting.map(\.value)) in \(text)")
    // Ours are balanced: what is coloured ends in its line.
    for line in shown.split(separator: "\n") where line.contains("\u{1B}[3") || line.contains("\u{1B}[1m") {
      #expect(line.contains("\u{1B}[0m"), "\(line)")
    }
    guard isFolded else { return }
    for line in text.split(separator: "\n") where line.count > 80 && !line.hasPrefix("Replayed in") {
      Issue.record("\(line.count) columns: \(line)")
    }
  }
}
