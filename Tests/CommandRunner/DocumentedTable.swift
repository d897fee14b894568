import Foundation
import TestTraces

/// A table of policies or of advice in the documentation, and the commands above it that measure it.
///
/// The commands are the code block nearest above: `replay` and `advise` measure, others make their traces. The table's
/// header says what to show: a row for each policy, or under `storage` one for each command, of its last policy.
package struct DocumentedTable {
  /// Words of each command, without the tool's name.
  package var commands: [[String]]
  /// On which the block of commands begins, from 1.
  package var commandsLine: Int
  /// The header, the rule under it and the rows.
  package var lines: [String]
  /// The heading that the table stands under.
  package var heading: String

  package var isOfARecording: Bool { commands.joined().contains { $0.hasSuffix(".npz") } }

  /// Files of `docs/` with such tables.
  package static let documents = ["policies.md", "serving.md", "cost.md", "tiers.md"]

  private static let measuring = ["replay", "advise"]

  /// The tables in a file of `docs/` below commands that measure.
  package static func all(in file: String) throws -> [DocumentedTable] {
    try DocumentTable.all(in: file).compactMap { table in
      guard ["policy", "cluster", "storage"].contains(where: { table.header.hasPrefix("| \($0) |") }),
        measuring.contains(table.commands.last?.first ?? "")
      else { return nil }
      return DocumentedTable(
        commands: table.commands, commandsLine: table.commandsLine, lines: table.lines, heading: table.heading)
    }
  }

  /// Whether the table is what its commands measure; `EXPERT_REPLAY_REWRITE=1` makes it that, to be read before it is
  /// committed.
  package func isMeasured(in file: String, recording: (String) -> String = { $0 }) throws -> (Bool, found: String) {
    let measured = try measured(recording: recording)
    try DocumentTable.rewrite(lines, as: measured, in: file)
    return (lines == measured, "\(heading)\n\(measured.joined(separator: "\n"))")
  }

  /// The table as the commands measure it now.
  ///
  /// - Parameter recording: gives the path of a recording by its name.
  private func measured(recording: (String) -> String = { $0 }) throws -> [String] {
    let scratch = try Scratch()
    func path(_ word: String) -> String {
      if word.hasSuffix(".npz") { return recording(word) }
      return word.hasSuffix(".moetrace") && !word.contains("/")
        ? scratch.folder.appendingPathComponent(word).path : word
    }
    let titles = lines[0].split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    var rows: [[String]] = []
    for command in commands {
      let isMeasuring = Self.measuring.contains(command[0])
      let output = try Self.run(command.map(path) + (isMeasuring ? ["--format", "json"] : []))
      guard isMeasuring else { continue }
      let data = Data(output.utf8)
      guard command[0] == "replay" else {
        rows += try JSONDecoder().decode(GivenAdvice.self, from: data).rows(titles)
        continue
      }
      let results = try ReplayedPolicies.results(in: data)
      if titles[0] == "storage" {
        rows += results.flatMap { $0.policies.suffix(1) }.map { policy in
          [Self.storage(in: command)] + titles.dropFirst().map(policy.cell)
        }
      } else {
        rows += results.flatMap { result in
          result.policies.map { policy in titles.map { result.cell($0) ?? policy.cell($0) } }
        }
      }
    }
    return lines.prefix(2) + rows.map { "| " + $0.joined(separator: " | ") + " |" }
  }

  /// The tiers that a command gives its cluster, as it spells them.
  private static func storage(in command: [String]) -> String {
    let text = command.lazy.compactMap { $0.firstMatch(of: #/storage=\{(.*)\}/#)?.1 }.first
    return text.map { "`\($0)`" } ?? "none"
  }

  private static func run(_ arguments: [String]) throws -> String {
    let outcome = try Tool.run(arguments)
    guard outcome.status == 0 else { throw Failure(message: outcome.errors) }
    return outcome.output
  }

  private struct Failure: Error { var message: String }
}
