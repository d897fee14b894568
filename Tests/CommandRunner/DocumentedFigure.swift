import Foundation
import TestTraces

/// A figure that a guide shows, and the commands above it that print it.
///
/// It is a row of a table that begins `| in the JSON | prints |`, below a code block whose last command measures and
/// whose others make what it needs.
package struct DocumentedFigure {
  /// Files of `docs/` with such tables.
  package static let documents = [
    "back-of-the-envelope.md", "cache.md", "accumulate.md", "resilience.md", "policies.md", "routers.md",
    "split.md",
  ]

  package var commands: [[String]]
  /// On which the block of commands begins, from 1.
  package var commandsLine: Int
  /// Where it stands in the JSON: keys and positions, such as `policies.0.time.total`.
  package var path: String
  /// A number and its unit, such as `34.0 ms`.
  package var shown: String
  /// In the document, from 1.
  package var line: Int

  private static let head = "| in the JSON | prints |"

  /// All of a file of `docs/`.
  package static func all(in file: String) throws -> [DocumentedFigure] {
    try DocumentTable.all(in: file).filter { $0.header.hasPrefix(head) }.flatMap { table in
      zip(table.line..., table.lines).filter { $1.hasPrefix("| `") }.map { number, row in
        let cells = row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
        return DocumentedFigure(
          commands: table.commands, commandsLine: table.commandsLine, path: cells[0].replacing("`", with: ""),
          shown: cells[1], line: number)
      }
    }
  }

  /// What the commands print at the path, in the unit that is shown; nil if there is nothing.
  ///
  /// - Parameter cache: JSON by command, so that a table's figures are measured once.
  package func measured(cache: inout [[[String]]: Any]) throws -> Double? {
    let json = try cache[commands] ?? run()
    cache[commands] = json
    let value = path.split(separator: ".").reduce(json as Any?) { value, key in
      if let list = value as? [Any] { return Int(key).flatMap { list.indices.contains($0) ? list[$0] : nil } }
      return (value as? [String: Any])?[String(key)]
    }
    return (value as? NSNumber).map { $0.doubleValue / unit }
  }

  /// The number that is shown, and half of what its last digit counts.
  package var number: (value: Double, tolerance: Double)? {
    let digits = shown.prefix { !$0.isWhitespace }.replacing(",", with: "").replacing("−", with: "-")
    let decimals = digits.split(separator: ".").dropFirst().first?.count ?? 0
    return Double(digits).map { ($0, 0.5 * pow(10, -Double(decimals))) }
  }

  /// How much one of the unit is in the JSON, whose times are microseconds and whose shares are fractions of 1.
  private var unit: Double {
    let known = ["us": 1.0, "ms": 1e3, "s": 1e6, "%": 0.01, "MB": 1e6, "GB": 1e9, "TFLOP/s": 1e12]
    return shown.split(separator: " ").dropFirst().first.flatMap { known[String($0)] } ?? 1
  }

  private func run() throws -> Any {
    let scratch = try Scratch()
    var output = ""
    for (index, command) in commands.enumerated() {
      let words = command.map { word in
        word.hasSuffix(".moetrace") && !word.contains("/") ? scratch.folder.appendingPathComponent(word).path : word
      }
      let outcome = try Tool.run(words + (index + 1 == commands.count ? ["--format", "json"] : []))
      guard outcome.status == 0 else { throw Failure(message: "\(command): \(outcome.errors)") }
      output = outcome.output
    }
    return try JSONSerialization.jsonObject(with: Data(output.utf8))
  }

  private struct Failure: Error { var message: String }
}
