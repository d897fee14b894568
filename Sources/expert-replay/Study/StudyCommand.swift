import ArgumentParser

struct StudyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "study", abstract: "Run many replays, and ask what they have in common.",
    discussion: "A study's file names traces, clusters, policies and values to try; see docs/studies.md.\n\n"
      + Examples.text([
        "expert-replay study plan first-look -o first.jsonl",
        "expert-replay study run first.jsonl",
        "expert-replay study best first.sqlite",
        "expert-replay study regret first.sqlite",
      ]),
    subcommands: [
      StudyPlanCommand.self,
      StudyRunCommand.self,
      StudySubmitCommand.self,
      StudyCollectCommand.self,
      StudyTableCommand.self,
      StudyMapCommand.self,
      StudyBestCommand.self,
      StudyRegretCommand.self,
      StudyParetoCommand.self,
      StudyDiffCommand.self,
    ])
}
