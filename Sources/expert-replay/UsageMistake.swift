import ArgumentParser
import Diagnostics

/// What the argument parser finds wrong, told as everything else is: what was given, what was expected.
struct UsageMistake {
  /// The parser's sentence.
  let message: String
  /// As they were given, the subcommand first.
  let arguments: [String]
  let subcommands: [any ParsableCommand.Type]

  var line: String {
    let (subcommand, help) = asked
    return "\(sentence(help)); see expert-replay \(subcommand.map { "\($0) " } ?? "")--help"
  }

  /// The subcommand that was asked for, and its help.
  private var asked: (name: String?, help: String) {
    var (words, type, known) = ([String](), nil as (any ParsableCommand.Type)?, subcommands)
    for word in arguments {
      guard let next = known.first(where: { $0.configuration.commandName == word }) else { break }
      words.append(word)
      (type, known) = (next, next.configuration.subcommands)
    }
    guard let type else { return (nil, ExpertReplayCommand.helpMessage(columns: .max >> 8)) }
    return (words.joined(separator: " "), Self.help(type))
  }

  /// Those that do something, by all of their words.
  private static func leaves(of types: [any ParsableCommand.Type], below words: String = "") -> [(
    name: String, help: String
  )] {
    types.filter { $0.configuration.shouldDisplay }.flatMap { type -> [(name: String, help: String)] in
      let name = words + (type.configuration.commandName ?? "")
      guard type.configuration.subcommands.isEmpty else {
        return leaves(of: type.configuration.subcommands, below: "\(name) ")
      }
      return [(name, help(type))]
    }
  }

  private static func help(_ type: any ParsableCommand.Type) -> String {
    ExpertReplayCommand.helpMessage(for: type, columns: .max >> 8)
  }

  private func sentence(_ help: String) -> String {
    if let match = message.wholeMatch(of: #/Unknown option '([^']*)'(?:\. Did you mean '([^']*)'\?)?/#) {
      return unknown(String(match.1), meant: match.2.map(String.init), help)
    }
    if let match = message.wholeMatch(of: #/The value '(.*)' is invalid for '([^' ]*).*'/#) {
      return "\(match.2): '\(match.1)' is not a number\(expectation(of: String(match.2), help))"
    }
    if let match = message.wholeMatch(of: #/Missing value for '([^' ]*).*'/#) {
      let option = String(match.1)
      let next = arguments.drop { $0 != option }.dropFirst().first
      let found = next.map { "'\($0)'" } ?? "nothing"
      return "\(option): a value is missing, found \(found)\(expectation(of: option, help))"
    }
    if let match = message.wholeMatch(of: #/Missing expected argument '(([^' ]*).*)'/#) {
      return "'\(match.1)' is missing\(expectation(of: String(match.2), help))"
    }
    return message.prefix(1).lowercased() + message.dropFirst()
  }

  /// An option that another command has is no slip of the keyboard.
  private func unknown(_ option: String, meant: String?, _ help: String) -> String {
    let leaves = Self.leaves(of: subcommands)
    let owners = leaves.filter { Self.options($0.help).contains(option) }.map(\.name)
    guard !owners.isEmpty else {
      let closest = (meant ?? closestName(to: option, in: Self.options(help))).map { "; did you mean '\($0)'?" }
      return "unknown option '\(option)'" + (closest ?? "")
    }
    let isOfAll = owners.count == leaves.count
    return "'\(option)' is an option of "
      + (isOfAll ? "subcommands: give it after one" : owners.joined(separator: ", "))
  }

  private static func options(_ help: String) -> [String] {
    help.matches(of: #/--?[a-z][a-z0-9-]*/#).map { String($0.0) }
  }

  /// What the help says of an option or argument, as `; expected: …`.
  private func expectation(of option: String, _ help: String) -> String {
    let lines = help.split(separator: "\n").map(String.init)
    for (line, next) in zip(lines, lines.dropFirst() + [""]) {
      // A long label has its text on the next line.
      guard
        let match = line.wholeMatch(of: #/ {2}(?:-[a-zA-Z], )?([-<][^ ]*)(?: [^ ]+)*?(?: {2,}(.*))?/#),
        match.1 == option
      else { continue }
      return "; expected: \(match.2.map(String.init) ?? next.trimmingPrefix(while: { $0 == " " }).description)"
    }
    return ""
  }
}
