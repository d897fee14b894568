import ArgumentParser
import ExpertReplay

struct StudyRegretCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "regret", abstract: "Show what it costs to run one policy everywhere.",
    discussion: Examples.text([
      "expert-replay study plan first-look --sample 0 -o first.jsonl",
      "expert-replay study run first.jsonl",
      "expert-replay study regret first.sqlite",
    ]))

  @Argument(help: "What study run or study collect wrote.", completion: .file(extensions: ["sqlite"])) var store: String

  @OptionGroup var query: StudyQueryOptions

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    var regret = StudyRegret()
    try query.forEachSetting(of: store) { regret.add($0) }
    try query.report.write(StudyRegretReport(regret), to: query.output)
  }
}
