import ArgumentParser
import ExpertReplay

struct StudyParetoCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "pareto", abstract: "Show the policies that none beats in time, memory and moves.",
    discussion: Examples.text([
      "expert-replay study plan first-look --sample 0 -o first.jsonl",
      "expert-replay study run first.jsonl",
      "expert-replay study pareto first.sqlite",
    ]))

  @Argument(help: "What study run or study collect wrote.", completion: .file(extensions: ["sqlite"])) var store: String

  @OptionGroup var query: StudyQueryOptions

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    var front = StudyFront()
    try query.forEachSetting(of: store) { front.add($0) }
    try query.report.write(StudyFrontReport(front), to: query.output)
  }
}
