import ArgumentParser
import ExpertReplay

struct StudyDiffCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff", abstract: "Show what changed between two versions, or two weeks.",
    discussion: Examples.text([
      "expert-replay study plan first-look --sample 0 -o first.jsonl",
      "expert-replay study run first.jsonl",
      "expert-replay study collect first.jsonl -o second.sqlite",
      "expert-replay study diff first.sqlite second.sqlite",
    ]))

  @Argument(help: "The results before.", completion: .file(extensions: ["sqlite"])) var before: String

  @Argument(help: "The results after.", completion: .file(extensions: ["sqlite"])) var after: String

  @Option(
    help: "A trace that took another's place, as OLD=NEW: their replays are compared. Repeat for several.")
  var trace: [String] = []

  @Option(help: "Rows of the table, at most.") var rows = 20

  @OptionGroup var query: StudyQueryOptions

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws { try require(rows, in: 1...1_000_000, "--rows") }

  func run() throws {
    let pairs = try trace.map { text in
      let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { throw ValidationError("--trace \(text), expected OLD=NEW") }
      return (parts[1], parts[0])
    }
    let asked = try query.query()
    let old = try StudyStore(reading: before).rows(of: asked)
    let new = try StudyStore(reading: after).rows(of: asked)
    try query.requireSome(old.count, in: before)
    try query.requireSome(new.count, in: after)
    let difference = StudyDifference(
      before: old, after: new, traces: Dictionary(pairs) { first, _ in first })
    try query.report.write(StudyDifferenceReport(difference, most: rows), to: query.output)
  }
}
