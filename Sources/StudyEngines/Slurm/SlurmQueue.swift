import Diagnostics
import Files
import Foundation

/// Slurm's commands for one study, whose arrays are known by their name: nothing has to be remembered between commands.
struct SlurmQueue: Sendable {
  private static let hint = "run this on a machine of the Slurm cluster"

  private let submission: StudySubmission
  /// Of arrays with results in this folder.
  private let name: String
  private var logs: String { "\(submission.results)/slurm" }

  /// - Throws: `InputError`: (missing) no Slurm; (usage) options that the array sets itself.
  init(_ submission: StudySubmission) throws {
    let own = ["--array", "-a", "--job-name", "-J", "--wrap", "--wait", "-W", "--output", "-o", "--parsable"]
    if let option = submission.options.first(where: { option in own.contains { isOption(option, $0) } }) {
      throw InputError("sbatch is given that already", in: option, status: .usage)
    }
    self.submission = submission
    var hash = SHA256()
    hash.update(Array("\(submission.study)\n\(submission.manifest)\n\(submission.results)".utf8))
    name = "expert-replay-\(hash.hexadecimal().prefix(12))"
  }

  /// - Returns: the array's number.
  func submit(_ script: ArrayScript) throws -> String {
    do {
      try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
    } catch { throw InputError("cannot be made: \(error.localizedDescription)", in: logs, status: .output) }
    let limit = submission.workers.map { "%\($0)" } ?? ""
    let output = try program("sbatch").run(
      [
        "--parsable", "--job-name=\(name)", "--array=0-\(script.ranges.count - 1)\(limit)", "--requeue",
        "--output=\(logs)/%A_%a.log", "--open-mode=append", "--chdir=\(FileManager.default.currentDirectoryPath)",
      ] + submission.options, input: script.text)
    // `NUMBER`, or `NUMBER;CLUSTER`.
    guard let number = output.split(whereSeparator: { ";\n ".contains($0) }).first, Int(number) != nil else {
      throw InputError("'\(output)' is not the number of an array", in: "sbatch")
    }
    return String(number)
  }

  /// Whether any task waits or runs.
  func holdsTasks() throws -> Bool {
    let output = try program("squeue").run(["--me", "--noheader", "--name=\(name)", "--format=%i"])
    return output.contains { !$0.isWhitespace }
  }

  func cancel() throws { try program("scancel").run(["--me", "--name=\(name)"]) }

  private func program(_ name: String) throws -> ExternalProgram { try ExternalProgram(name, hint: Self.hint) }

  /// The error that the latest task with one ended with.
  var lastComplaint: String {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: logs)) ?? []).sorted {
      $0.compare($1, options: .numeric) == .orderedDescending
    }
    for name in names {
      guard let text = try? readText("\(logs)/\(name)") else { continue }
      let lines = text.split(separator: "\n")
      if let line = lines.last(where: { $0.hasPrefix("expert-replay: ") || $0.hasPrefix("slurmstepd: ") }) {
        return "\(logs)/\(name): \(line)"
      }
    }
    return "\(logs) does not say why"
  }
}

/// Whether a word is an option, alone or with a value: `-a`, `-a0-3`, `--array`, `--array=0-3`.
private func isOption(_ word: String, _ option: String) -> Bool {
  word == option || word.hasPrefix("\(option)=") || (!option.hasPrefix("--") && word.hasPrefix(option))
}
