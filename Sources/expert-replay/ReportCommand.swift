import ArgumentParser
import Diagnostics
import ExpertReplay
import Files
import Reporting

struct ReportCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "Make a page from saved results, several side by side.",
    discussion: """
      Results are what replay --format json printed, with --details for all charts, or what screen did; or the store of a \
      study, for a page of its own.


      """
        + Examples.text([
          "expert-replay replay traces/hot-cold.moetrace --format json --details -o a",
          "expert-replay replay traces/hot-cold.moetrace --ranks 64 --format json -o b",
          "expert-replay report a b -o page.html",
          "expert-replay screen traces/hot-cold.moetrace --format json > c",
          "expert-replay report c -o verdict.html",
          "expert-replay study plan first-look --sample 0 -o first.jsonl",
          "expert-replay study run first.jsonl",
          "expert-replay report first.sqlite -o study.html",
        ]))

  @Argument(
    help: "Results of replay or screen --format json, or a study's store; - is standard input.",
    completion: .file(extensions: ["json"]))
  var results: [String]

  @Option(
    help: ArgumentHelp("As of replay: \(ReportFormat.registry.list). (default: html)", valueName: "format"),
    completion: .names(of: ReportFormat.registry))
  var format: String?

  @Option(name: .shortAndLong, help: "Where to write it.", completion: .anyFile) var output = "-"

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let format = try format.map { name throws(InputError) in try ReportFormat.registry.named(name) } ?? .html
    let file = try OutputFile(path: output)
    try file.write(try (study() ?? saved()).text(as: format))
    try file.commit()
  }

  /// Of a study's store; nil where results are none.
  private func study() throws -> StudyReport? {
    guard let path = results.first(where: StudyStore.isDatabase) else { return nil }
    guard results.count == 1 else {
      throw InputError(
        "results of a study make a page of their own; study diff compares two of them", in: path, status: .usage)
    }
    let store = try StudyStore(reading: path)
    var survey = StudySurvey(maps: try store.mapAxes())
    try StudyQueryOptions.forEachSetting(of: store, try StudyQuery(figures: StudyQuery.basic)) { survey.add($0) }
    return StudyReport(survey, of: try store.name() ?? path)
  }

  private func saved() throws -> any Report {
    let counter = WorkProgress.begin("reading", .bytes, total: storedBytes(of: results))
    defer { counter?.end() }
    return try SavedReport.read(results.map { .init(name: $0, text: try readText($0)) })
  }
}
