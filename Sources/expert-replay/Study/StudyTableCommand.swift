import ArgumentParser
import ExpertReplay

struct StudyTableCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "table", abstract: "Show replays of a study, a row each.",
    discussion: Examples.text([
      "expert-replay study plan first-look --sample 0 -o first.jsonl",
      "expert-replay study run first.jsonl",
      "expert-replay study table first.sqlite --where ranks=16",
      "expert-replay study table first.sqlite --figure balancedness.rank",
    ]))

  @Argument(help: "What study run or study collect wrote.", completion: .file(extensions: ["sqlite"])) var store: String

  @Option(help: "A figure to show, by its path in JSON (docs/figures.md). Repeat for several.") var figure: [String] =
    []

  @OptionGroup var query: StudyQueryOptions

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    let figures = figure.isEmpty ? ["time.total", "improvement.total"] : figure
    let store = try StudyStore(reading: store)
    let rows = try store.rows(of: query.query(figures))
    try query.requireSome(rows.count, in: store.path)
    try StudyQueryOptions.noteMissing(in: store)
    try query.report.write(StudyTableReport(rows, figures: figures), to: query.output)
  }
}
