import CommandRunner
import Foundation
import Testing

/// One row of the list of inputs that once failed: commands, and what each has to end in.
///
/// Commands run in the row's folder; in their arguments `{T}` is a folder of the row's own, `{R}` the recordings, `{root}`
/// the package.
struct FailingInput: CustomTestStringConvertible, Sendable {
  struct Run: Sendable {
    var command: String
    /// Nil where a result and a usage error will both do.
    var status: Int32? = 0
    /// What standard output and standard error have to hold together.
    var says: [String] = []
    /// What neither may hold.
    var saysNot: [String] = []
    /// Values in the JSON that the command prints, by dotted path; `.count` of a list.
    var values: [String: String] = [:]
  }

  var name: String
  var folder: String
  var runs: [Run]

  var testDescription: String { name }

  init(_ name: String, in folder: String = "", _ runs: Run...) {
    self.name = name
    self.folder = folder
    self.runs = runs
  }

  /// The differences between what the commands do and what they should.
  func complaints() throws -> [String] {
    let scratch = try Scratch()
    var complaints = [String]()
    for run in runs {
      let command = run.command.replacing("{T}", with: scratch.folder.path).replacing(
        "{R}", with: Shared.path("traces")
      )
      .replacing("{root}", with: Tool.root.path)
      let outcome = try Tool.run(
        Self.words(of: command), in: Shared.folder.appendingPathComponent("failing-inputs/" + folder))
      complaints += Self.complaints(of: run, outcome).map { "\(run.command): \($0)" }
    }
    return complaints
  }

  private static func complaints(of run: Run, _ outcome: Tool.Outcome) -> [String] {
    var complaints = [String]()
    let text = outcome.output + outcome.errors
    if run.status.map({ $0 != outcome.status }) ?? ![0, 64].contains(outcome.status) {
      complaints.append("status \(outcome.status), not \(run.status ?? 0): \(outcome.errors)")
    }
    if outcome.status != 0, outcome.errors.split(separator: "\n").count != 1 {
      complaints.append("not one line: \(outcome.errors)")
    }
    for part in run.says where !text.localizedStandardContains(part) {
      complaints.append("does not say '\(part)': \(text.suffix(600))")
    }
    for part in run.saysNot where text.localizedStandardContains(part) { complaints.append("says '\(part)'") }
    guard !run.values.isEmpty else { return complaints }
    let json = try? JSONSerialization.jsonObject(with: Data(outcome.output.utf8))
    for (path, expected) in run.values.sorted(by: { $0.key < $1.key }) {
      let found = value(at: path.split(separator: "."), in: json) ?? "nothing"
      if found != expected { complaints.append("\(path) is \(found), not \(expected)") }
    }
    return complaints
  }

  private static func value(at path: [Substring], in json: Any?) -> String? {
    guard let key = path.first else { return json.map { "\($0)" } }
    let rest = Array(path.dropFirst())
    if let list = json as? [Any] {
      if key == "count" { return "\(list.count)" }
      if key == "*" { return list.map { value(at: rest, in: $0) ?? "nothing" }.joined(separator: ",") }
      return Int(key).flatMap { list.indices.contains($0) ? value(at: rest, in: list[$0]) : nil }
    }
    return (json as? [String: Any])?[String(key)].flatMap { value(at: rest, in: $0) }
  }

  /// Words between spaces; quotes keep them together, and a star in the last part of a path stands for all that fits.
  private static func words(of command: String) -> [String] {
    var words = [String]()
    var word = ""
    var isQuoted = false
    for character in command + " " {
      if character == "'" {
        isQuoted.toggle()
      } else if character == " ", !isQuoted {
        if !word.isEmpty { words.append(word) }
        word = ""
      } else {
        word.append(character)
      }
    }
    return words
  }
}
