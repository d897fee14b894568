import Foundation
import TestTraces

/// A table of a document in `docs/`, and the commands in the code block nearest above it.
package struct DocumentTable {
  /// The heading that it stands under.
  var heading: String
  /// Words of each command of the tool, without the tool's name.
  var commands: [[String]]
  /// On which the block of commands begins, from 1; 0 if there is none.
  var commandsLine: Int
  /// The header, the rule under it and the rows.
  package var lines: [String]
  /// Of the header in the document, from 1.
  var line: Int

  var header: String { lines[0] }

  package static func all(in file: String) throws -> [DocumentTable] {
    let text = try String(contentsOf: url(of: file), encoding: .utf8)
    var tables: [DocumentTable] = []
    var (heading, block, blockLine, isBlockOpen) = ("", [String](), 0, false)
    let all = text.split(separator: "\n", omittingEmptySubsequences: false)
    var lines = all[...]
    while let line = lines.popFirst() {
      if line.hasPrefix("#") { heading = String(line) }
      if line.hasPrefix("    ") {
        if !isBlockOpen { (block, blockLine) = ([], all.count - lines.count) }
        block.append(String(line.dropFirst(4)))
      }
      isBlockOpen = line.hasPrefix("    ")
      guard line.hasPrefix("|") else { continue }
      let rows = [line] + lines.prefix { $0.hasPrefix("|") }
      lines = lines.dropFirst(rows.count - 1)
      tables.append(
        DocumentTable(
          heading: heading, commands: commands(in: block), commandsLine: blockLine, lines: rows.map(String.init),
          line: all.count - lines.count - rows.count + 1))
    }
    return tables
  }

  /// With `EXPERT_REPLAY_REWRITE=1` puts other lines in the place of a table's, to be read before they are committed.
  package static func rewrite(_ lines: [String], as measured: [String], in file: String) throws {
    guard ProcessInfo.processInfo.environment["EXPERT_REPLAY_REWRITE"] == "1" else { return }
    let text = try String(contentsOf: url(of: file), encoding: .utf8)
    try text.replacing(lines.joined(separator: "\n"), with: measured.joined(separator: "\n"))
      .write(to: url(of: file), atomically: true, encoding: .utf8)
  }

  private static func url(of file: String) -> URL { Tool.root.appendingPathComponent("docs/\(file)") }

  /// Commands of the tool, with lines that end in a backslash joined and words in double quotes kept together.
  private static func commands(in block: [String]) -> [[String]] {
    let joined = block.joined(separator: "\n").replacingOccurrences(of: "\\\n", with: " ")
    return joined.split(separator: "\n").filter { $0.hasPrefix("expert-replay ") }.map { line in
      line.split(separator: "\"", omittingEmptySubsequences: false).enumerated().flatMap { index, part in
        index % 2 == 1 ? [String(part)] : part.split(separator: " ").map(String.init)
      }.dropFirst().map(\.self)
    }
  }
}
