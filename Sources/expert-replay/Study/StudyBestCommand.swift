import ArgumentParser
import ExpertReplay

struct StudyBestCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "best", abstract: "Show the best policy of every setting, and what to say of it.",
    discussion: Examples.text([
      "expert-replay study plan first-look --sample 0 -o first.jsonl",
      "expert-replay study run first.jsonl",
      "expert-replay study best first.sqlite",
    ]))

  @Argument(help: "What study run or study collect wrote.", completion: .file(extensions: ["sqlite"])) var store: String

  @OptionGroup var query: StudyQueryOptions

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    var best = StudyBest()
    try query.forEachSetting(of: store) { best.add($0) }
    try query.report.write(StudyBestReport(best), to: query.output)
  }
}
