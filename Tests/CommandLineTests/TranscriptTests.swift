import CommandRunner
import Foundation
import Testing

/// Documents show what their commands really print, from the first to the last, in a folder of their own.
@Suite struct TranscriptTests {
  /// A command, perhaps of several lines, and the lines that stand below it.
  private struct Entry {
    var command: String
    var shown: [String]
  }

  /// The commands of the indented blocks that begin with `$`; lines up to `END` belong to a command with `<<'END'`, and
  /// the next one to a line that ends in a backslash.
  private static func entries(of document: String) throws -> [Entry] {
    let text = try String(contentsOf: Tool.root.appendingPathComponent(document), encoding: .utf8)
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)[...]
    var entries: [Entry] = []
    while let line = lines.popFirst() {
      guard line.hasPrefix("    $ ") else { continue }
      var command = [line.dropFirst(6)]
      while command[command.count - 1].hasSuffix("\\"), let next = lines.popFirst() {
        command.append(next.dropFirst(4))
      }
      if line.hasSuffix("<<'END'") {
        while command[command.count - 1] != "END", let next = lines.popFirst() { command.append(next.dropFirst(4)) }
      }
      let shown = lines.prefix { !$0.hasPrefix("    $ ") && ($0.isEmpty || $0.hasPrefix("    ")) }
      lines = lines.dropFirst(shown.count)
      entries.append(
        Entry(command: command.joined(separator: "\n"), shown: shown.map { String($0.dropFirst(4)) }.trimmed))
    }
    return entries
  }

  /// With `EXPERT_REPLAY_REWRITE=1` shows what is printed now, to be read before it is committed.
  private static func rewrite(_ shown: [String], as found: [String], in document: String) throws {
    guard ProcessInfo.processInfo.environment["EXPERT_REPLAY_REWRITE"] == "1" else { return }
    func block(_ lines: [String]) -> String { lines.map { $0.isEmpty ? "" : "    " + $0 }.joined(separator: "\n") }
    let file = Tool.root.appendingPathComponent(document)
    let text = try String(contentsOf: file, encoding: .utf8)
    try text.replacing(block(shown), with: block(found), maxReplacements: 1)
      .write(to: file, atomically: true, encoding: .utf8)
  }

  @Test(arguments: [("docs/moe-comms.md", 12), ("docs/shards.md", 6)])
  func `every transcript is what the commands print`(document: String, atLeast: Int) throws {
    let scratch = try Scratch()
    let entries = try Self.entries(of: document)
    #expect(entries.count >= atLeast)
    for entry in entries {
      let outcome = try Tool.shell("expert-replay() { \"$TOOL\" \"$@\"; }\n" + entry.command, in: scratch.folder)
      #expect(outcome.status == 0, "\(entry.command): \(outcome.errors)")
      guard outcome.status == 0 else { continue }
      let notes = outcome.errors.split(separator: "\n").filter { $0.hasPrefix("note: ") }.map(String.init)
      let printed = outcome.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
      let found = (notes + printed).trimmed
      #expect(found == entry.shown, "\(entry.command)")
      if found != entry.shown { try Self.rewrite(entry.shown, as: found, in: document) }
    }
  }
}

extension [String] {
  /// Without empty lines at the end.
  fileprivate var trimmed: [String] { Array(prefix((lastIndex { !$0.isEmpty } ?? -1) + 1)) }
}
