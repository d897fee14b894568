import Diagnostics
import Files
import Foundation

/// The command's page for `man`, made of what `--help` says: man(7) macros, which groff and mandoc read.
struct ManualPage {
  private let command: CommandDescription

  init(_ command: CommandDescription) { self.command = command }

  var text: String {
    let name = command.commandName
    let lines =
      [
        ".TH \(Self.escaped(name.uppercased())) 1 \"\" \"\(name) \(expertReplayVersion)\" \"User Commands\"",
        ".SH NAME", "\(Self.escaped(name)) \\- \(Self.sentence(command.abstract ?? ""))",
        ".SH SYNOPSIS", ".B \(Self.escaped(name))", ".I command", "[\\fIarguments\\fR]",
        ".SH DESCRIPTION",
      ] + Self.paragraph(Self.description)
      + [".SH COMMANDS"] + command.shownSubcommands.flatMap { Self.sections($0) }
      + [".SH \"EXIT STATUS\""] + Self.statuses.flatMap { Self.item("\\fB\($0)\\fR", $1) }
      + [".SH ENVIRONMENT"] + Self.environment.flatMap { Self.item("\\fB\(Self.escaped($0))\\fR", $1) }
      + [".SH FILES"] + Self.files.flatMap { Self.item("\\fI\(Self.escaped($0))\\fR", $1) }
    return lines.map { $0 + "\n" }.joined()
  }

  private static let description = """
    A Mixture-of-Experts model spreads its experts over many GPUs: every token goes to those of its experts, and back.
    Routing is skewed, so that one GPU and one port is always the slowest.
    This command replays a recording of the routing under policies that place and replicate experts.
    It says what they save.
    Results go to standard output, or to a file that is there when it is complete.
    Everything else goes to standard error.
    Policies, clusters, models and workloads are files, or names of files that ship.
    Their values can be changed after a colon: eplb:window=16,steps=16.
    """

  private static let statuses = [
    ("0", "All went well."), ("64", "Options are wrong, or do not fit the trace."),
    ("65", "A file's content is not what it should be."), ("66", "A file is missing or cannot be read."),
    ("73", "An output cannot be written in whole."),
  ]

  private static let environment = [
    (
      "EXPERT_REPLAY_HOME",
      """
      A folder with policies, clusters, models, workloads and validation.
      Names are looked up in it after the working directory.
      """
    ),
    ("NO_COLOR", "If it is set and not empty, a terminal is shown neither colours nor bars."),
    ("TERM", "A terminal that is called dumb is shown none, either."),
  ]

  private static let files = [
    (
      "../share/expert-replay",
      """
      Beside the command's folder: the policies, clusters, models, workloads and tables that ship.
      Names are looked up there last.
      """
    ),
    ("*.moetrace, *.jsonl, *.jsonl.gz", "Traces."),
  ]

  /// Of a command, and of those that it has itself.
  ///
  /// - Parameter words: that come before its name.
  private static func sections(_ command: CommandDescription, below words: [String] = []) -> [String] {
    let words = words + [command.commandName]
    return section(command, name: escaped(words.joined(separator: " ")))
      + command.shownSubcommands.flatMap { sections($0, below: words) }
  }

  private static func section(_ command: CommandDescription, name: String) -> [String] {
    let operands = command.arguments([.positional]).map { argument in
      let name = "\\fI\(escaped(argument.valueName ?? ""))\\fR\(argument.isRepeating ? "..." : "")"
      return argument.isOptional ? "[\(name)]" : name
    }
    let options = command.arguments([.option, .flag])
    let usage =
      ["\\fBexpert\\-replay \(name)\\fR"] + operands + (options.isEmpty ? [] : ["[options]"])
      + (command.shownSubcommands.isEmpty ? [] : ["\\fIcommand\\fR"])
    let (text, examples) = parts(of: command.discussion ?? "")
    return [".SS \(name)"] + [usage.joined(separator: " "), ".PP"]
      + paragraph(command.abstract ?? "") + text.flatMap { [".PP"] + paragraph($0) }
      + command.arguments([.positional]).flatMap(entry) + options.flatMap(entry)
      + (examples.isEmpty ? [] : [".PP", "Examples:", ".PP", ".nf"] + examples.map { "    " + escaped($0) } + [".fi"])
  }

  /// Sentences, and the commands below `Examples:`.
  private static func parts(of discussion: String) -> (text: [String], examples: [String]) {
    var text: [String] = []
    var examples: [String] = []
    for line in discussion.split(separator: "\n") {
      if line.hasPrefix("  expert-replay ") {
        examples.append(line.trimmingCharacters(in: .whitespaces))
      } else if line != "Examples:" {
        text.append(line.trimmingCharacters(in: .whitespaces))
      }
    }
    return (text, examples)
  }

  private static func entry(_ argument: CommandDescription.Argument) -> [String] {
    let value = "\\fI\(escaped(argument.valueName ?? ""))\\fR"
    let names = (argument.names ?? []).map { "\\fB\(escaped($0.text))\\fR" }.joined(separator: ", ")
    let title: String
    switch argument.kind {
    case .positional: title = value
    case .option: title = "\(names) \(value)"
    case .flag: title = names
    }
    let usual = argument.kind == .option ? argument.defaultValue.map { " (default: \($0))" } ?? "" : ""
    return item(title, (argument.abstract ?? "") + usual)
  }

  private static func item(_ title: String, _ text: String) -> [String] { [".TP", title] + paragraph(text) }

  private static func paragraph(_ text: String) -> [String] { text.split(separator: "\n").map { escaped(String($0)) } }

  /// Without the full stop, as the line of a page's name is.
  private static func sentence(_ text: String) -> String {
    escaped(text.hasSuffix(".") ? String(text.dropLast()) : text)
  }

  /// A line that has no meaning to troff, which knows characters beyond ASCII by their numbers.
  private static func escaped(_ line: String) -> String {
    let text = printable(line).unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\e"
      case "-": "\\-"
      case _ where scalar.isASCII: String(scalar)
      default: "\\[u\(String(format: "%04X", scalar.value))]"
      }
    }.joined()
    return text.hasPrefix(".") || text.hasPrefix("'") ? "\\&" + text : text
  }
}
