import ArgumentParser
import ExpertReplay
import Files
import Foundation

/// How a result is printed, by one of the formats that a command has.
protocol ReportPrinting: ParsableArguments {
  static var formats: Registry<ReportFormat> { get }
  var format: String? { get }
}

extension ReportPrinting {
  static var help: ArgumentHelp {
    let list = formats.entries.map { "\($0.name) (\($0.summary))" }.joined(separator: ", ")
    return ArgumentHelp("How to print the result: \(list).", valueName: "format")
  }

  func validate() throws {
    do throws(InputError) { _ = try chosen() } catch { throw ValidationError(error.description) }
  }

  /// - Throws: `InputError` (usage) for an unknown format.
  func chosen() throws(InputError) -> ReportFormat {
    try format.map { name throws(InputError) in try Self.formats.named(name) } ?? .table
  }

  /// - Parameter output: where the text goes; a terminal's width and colours are heeded there.
  func write(_ report: some Report, to output: String = "-") throws {
    try OutputFile.write(text(report, to: output), to: output)
  }

  func text(_ report: some Report, to output: String) throws -> String {
    try report.text(as: chosen(), style: output == "-" ? Terminal.style : ReportStyle())
  }
}

/// The same for every command that prints one, but `replay`.
struct ReportOptions: ReportPrinting {
  static let formats = ReportFormat.registry

  @Option(help: help, completion: .names(of: formats))
  var format: String?
}

struct ReplayReportOptions: ReportPrinting {
  static let formats = ReportFormat.ofReplay

  @Option(help: help, completion: .names(of: formats))
  var format: String?
}
