import ArgumentParser
import Diagnostics
import ExpertReplay
import Files
import Reporting

struct ReportCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Make a page from saved results, several side by side.",
    discussion: "Results are what replay --format json printed, with --details for all charts.\n\n"
      + Examples.text([
        "expert-replay replay traces/hot-cold.moetrace --format json --details -o a",
        "expert-replay replay traces/hot-cold.moetrace --ranks 64 --format json -o b",
        "expert-replay report a b -o page.html",
      ]))

  @Argument(help: "Results of replay --format json; - is standard input.")
  var results: [String]

  @Option(help: ArgumentHelp("As of replay: \(ReportFormat.registry.list). (default: html)", valueName: "format"))
  var format: String?

  @Option(name: .shortAndLong, help: "Where to write it.") var output = "-"

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let format = try format.map { name throws(InputError) in try ReportFormat.registry.named(name) } ?? .html
    let file = try OutputFile(path: output)
    try file.write(try ReplayReport(saved()).text(as: format))
    try file.commit()
  }

  private func saved() throws -> [ReplayResult] {
    let counter = WorkProgress.begin("reading", .bytes, total: storedBytes(of: results))
    defer { counter?.end() }
    return try results.flatMap { name in
      let saved = try ReplayResult.saved(in: readText(name), name: name)
      Log.tell("\(name): \(saved.count) results", ["file": name, "results": "\(saved.count)"])
      return saved
    }
  }
}
