import ArgumentParser
import ExpertReplay
import Files
import Reporting

struct ReportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Make a page from saved results, several side by side.",
    discussion: """
      Results are what replay --format json printed, with --details for all charts:

        expert-replay replay TRACE --cluster h100-cx7 --format json --details -o h100.json
        expert-replay replay TRACE --cluster h200-cx7 --format json --details -o h200.json
        expert-replay report h100.json h200.json -o page.html
      """)

  @Argument(help: "Results of replay --format json; - is standard input.")
  var results: [String]

  @Option(help: ArgumentHelp("As of replay: \(ReportFormat.registry.list). (default: html)", valueName: "format"))
  var format: String?

  @Option(name: .shortAndLong, help: "Where to write it.") var output = "-"

  func run() throws {
    let format = try format.map { name throws(InputError) in try ReportFormat.registry.named(name) } ?? .html
    let file = try OutputFile(path: output)
    let saved = try results.flatMap { try ReplayResult.saved(in: readText($0), name: $0) }
    try file.write(try ReplayReport(saved).text(as: format))
    try file.commit()
  }
}
