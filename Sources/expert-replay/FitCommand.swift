import ArgumentParser
import ExpertReplay
import Files

struct FitCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Write a synthetic workload with a recording's statistics and none of its tokens.",
    discussion: Examples.text([
      "expert-replay fit traces/gpt-oss-20b-like.moetrace -o twin.yaml"
    ]))

  @Argument(help: "A trace, a folder of them, or several; - is standard input.", completion: .traces)
  var trace: [String]
  @Option(name: .shortAndLong, help: "The workload file.", completion: .anyFile) var output: String
  @Option(help: "The workload's name; the trace's by default.") var name: String?
  @Option(help: "Steps of what the workload generates, fewer than recorded; about as many by default.") var steps: Int?

  @Option(
    help: "The model that routed, a file or a name in models/, where the trace does not say its top-k or layers.",
    completion: .names(in: PresetCatalog.models))
  var model: String?

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    var steps: any StepSource = try StepSelection().open(TraceFiles(trace))
    if let model { steps = try ModelledSteps(steps, of: ModelShape(named: model).routed) }
    let statistics = try TraceStatistics(steps, countsRanks: false)
    let workload = try WorkloadFit.fit(statistics, name: name ?? "\(statistics.header.name)-like", steps: self.steps)
    try OutputFile.write(workload.yaml, to: output)
  }
}
