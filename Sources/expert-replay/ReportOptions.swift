import ArgumentParser
import ExpertReplay
import Files
import Foundation

/// How a result is printed, the same for every command that prints one.
struct ReportOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "How to print the result: \(ReportFormat.all.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")).",
      valueName: "format"))
  var format: String?

  func validate() throws {
    do throws(InputError) { _ = try chosen() } catch { throw ValidationError(error.description) }
  }

  /// - Throws: `InputError` (usage) for an unknown format.
  func chosen() throws(InputError) -> ReportFormat {
    try format.map { name throws(InputError) in try ReportFormat.registry.named(name) } ?? .table
  }

  /// - Parameter output: where the text goes; a terminal's width and colours are heeded there.
  func write(_ report: some Report, to output: String = "-") throws {
    try OutputFile.write(text(report, to: output), to: output)
  }

  func text(_ report: some Report, to output: String) throws -> String {
    try report.text(as: chosen(), style: output == "-" ? Terminal.style : ReportStyle())
  }
}
