import Foundation
import TestTraces

/// A table of errors in the documentation, and the `validate` commands above it that measure it.
///
/// The commands are the code block nearest above a table whose header starts with `over`, or with `gain over`. Errors: a
/// row for each group, a column for the rows that were fitted, left out and suspect; `≤ 6 %` says whether those left out
/// keep within it. `over (ranks 32)` shows the groups alone whose name has these words, without them. Where several
/// commands measure a group, the first that leaves its rows out is shown. Gains: a row for each group of ten pairs or more.
package struct DocumentedErrors {
  /// Files of `docs/` with such tables.
  package static let documents = ["validation.md"]

  package var commands: [[String]]
  /// On which the block of commands begins, from 1.
  package var commandsLine: Int
  /// The header, the rule under it and the rows.
  package var lines: [String]
  package var heading: String
  private let file: String

  /// Whether its commands fit, which takes long.
  package var fits: Bool { commands.joined().contains("--leave-out") }

  package static func all(in file: String) throws -> [DocumentedErrors] {
    try DocumentTable.all(in: file).compactMap { table in
      guard table.header.hasPrefix("| over") || table.header.hasPrefix("| gain over") else { return nil }
      let commands = table.commands.filter { $0[0] == "validate" }
      guard !commands.isEmpty else { return nil }
      return DocumentedErrors(
        commands: commands, commandsLine: table.commandsLine, lines: table.lines, heading: table.heading, file: file)
    }
  }

  /// Whether the table is what its commands measure; `EXPERT_REPLAY_REWRITE=1` makes it that, to be read before it is
  /// committed.
  package func isMeasured() throws -> (Bool, found: String) {
    let measured = try measured()
    try DocumentTable.rewrite(lines, as: measured, in: file)
    return (lines == measured, "\(heading)\n\(measured.joined(separator: "\n"))")
  }

  private func measured() throws -> [String] {
    let titles = lines[0].split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    let tables = try commands.flatMap { command in
      let outcome = try Tool.run(command + ["--format", "json"])
      guard outcome.status == 0 else { throw Failure(message: outcome.errors) }
      return try JSONDecoder().decode([ValidatedErrors].self, from: Data(outcome.output.utf8))
    }
    let rows =
      titles[0].hasPrefix("gain")
      ? tables.flatMap { $0.gainErrors ?? [] }.filter { $0.pairs >= Self.fewestPairs }.map { $0.cells(titles) }
      : errorRows(tables, titles)
    return lines.prefix(2) + rows.map { "| " + $0.joined(separator: " | ") + " |" }
  }

  private func errorRows(_ tables: [ValidatedErrors], _ titles: [String]) -> [[String]] {
    let words = titles[0].split(separator: "(").dropFirst().first.map { String($0.dropLast()) } ?? ""
    var names: [String] = []
    var groups: [String: [ValidatedErrors.Use: ValidatedErrors.Errors]] = [:]
    for table in tables {
      for (name, errors) in table.groups where words.isEmpty || name.contains(words) {
        if groups[name] == nil { names.append(name) }
        if groups[name]?[.leftOut] == nil { groups[name] = errors }
      }
    }
    return names.map { name in
      let errors = groups[name] ?? [:]
      let parts = name.components(separatedBy: ", ").filter { $0 != words }.map(Self.short)
      return [parts.joined(separator: ", ")]
        + titles.dropFirst().map { errors.cell($0, isSmall: name.contains("tokens <")) }
    }
  }

  /// Pairs of a group of gains that is shown.
  private static let fewestPairs = 10

  /// Columns whose values speak for themselves.
  private static let obvious = ["gpu ", "operation ", "dtype ", "phase "]

  package static func short(_ part: String) -> String {
    obvious.first(where: part.hasPrefix).map { String(part.dropFirst($0.count)) } ?? part
  }

  private struct Failure: Error { var message: String }
}
