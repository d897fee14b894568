import ArgumentParser
import ExpertReplay

struct StudyMapCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "map", abstract: "Show where balancing pays: the best policy's gain by any axes.",
    discussion: """
      An axis is trace, model, phase, seed, cluster or ranks, or a value that was tried, such as trace.sigma of a \
      workload. Several, separated by commas, are one axis of their combinations.


      """
        + Examples.text([
          "expert-replay study plan first-look --sample 0 -o first.jsonl",
          "expert-replay study run first.jsonl",
          "expert-replay study map first.sqlite --rows trace --columns ranks",
        ]))

  @Argument(help: "What study run or study collect wrote.", completion: .file(extensions: ["sqlite"])) var store: String

  @Option(help: "Axes down the side.") var rows = "trace"

  @Option(help: "Axes along the top.") var columns = "cluster,ranks"

  @OptionGroup var query: StudyQueryOptions

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    var map = try StudyMap(
      rows: StudyMap.Axis.list(rows, option: "--rows"), columns: StudyMap.Axis.list(columns, option: "--columns"))
    try query.forEachSetting(of: store) { map.add($0) }
    guard !map.rows.isEmpty else {
      throw InputError("no setting has a value on all of these axes", in: store, status: .usage)
    }
    try query.report.write(StudyMapReport(map), to: query.output)
  }
}
