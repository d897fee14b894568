import Foundation
import Testing

/// A block of a document that shows commands: indented by four, or fenced as `sh`.
struct CommandBlock: Sendable, CustomTestStringConvertible {
  /// Path below the repository's root.
  var document: String
  /// 1-based line of the first line inside.
  var line: Int
  var lines: [String]
  /// Why no test runs it: what `<!-- not run: … -->` above it says.
  var reason: String?

  var testDescription: String { "\(document):\(line)" }

  /// Whether a line begins a command, after the `$ ` of a transcript.
  private static func isCommand(_ line: String) -> Bool {
    line.hasPrefix("$ ") || line.contains(#/^(EXPERT_REPLAY_\w+=\S+ )?(expert-replay|make|python3|swift) /#)
  }

  /// Each command with the lines that go on with it: after a backslash, and in the body of a loop.
  var commands: [String] {
    var commands: [String] = []
    var goesOn = false
    for line in lines {
      if goesOn {
        commands[commands.count - 1] += "\n" + line
      } else if Self.isCommand(line) {
        commands.append(line.hasPrefix("$ ") ? String(line.dropFirst(2)) : line)
      } else {
        continue
      }
      let all = commands[commands.count - 1]
      goesOn = line.hasSuffix("\\") || all.hasPrefix("for ") && !all.contains(#/done; done|done$/#)
    }
    return commands
  }

  /// Lines that are of no command: what one printed.
  var printed: Int { lines.count { !$0.isEmpty } - commands.map { $0.split(separator: "\n").count }.reduce(0, +) }

  static func all(in document: Document) -> [CommandBlock] {
    var blocks: [CommandBlock] = []
    var open: CommandBlock?
    var fence: String?
    var reason: String?
    func close() {
      if let block = open, block.lines.contains(where: isCommand) { blocks.append(block) }
      if open != nil { reason = nil }
      open = nil
    }
    for (index, line) in document.lines.enumerated() {
      let inside = fence == nil ? line.hasPrefix("    ") : !line.hasPrefix("```")
      if inside && (fence == nil || fence == "```sh") {
        if open == nil { open = CommandBlock(document: document.path, line: index + 1, lines: [], reason: reason) }
        open?.lines.append(fence == nil ? String(line.dropFirst(4)) : line)
        continue
      }
      close()
      if line.hasPrefix("```") { fence = fence == nil ? line : nil }
      if let match = line.firstMatch(of: #/^<!-- not run: (.+) -->$/#) {
        reason = String(match.1)
      } else if !line.isEmpty && !line.hasPrefix("```") {
        reason = nil
      }
    }
    close()
    return blocks
  }
}

extension Document {
  /// Commands that stand in text or in a table, with their 1-based lines.
  var inlineCommands: [(line: Int, command: String)] {
    let text = lines.map { $0.hasPrefix("    ") || $0.hasPrefix("```") ? "" : $0 }.joined(separator: "\n")
    return text.matches(of: #/`(expert-replay [^`]+)`/#).map { match in
      let command = match.1.replacing("\n", with: " ").replacing("\\|", with: "|")
      return (text[..<match.range.lowerBound].count { $0 == "\n" } + 1, String(command))
    }
  }
}
