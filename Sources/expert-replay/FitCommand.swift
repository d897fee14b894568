import ArgumentParser
import ExpertReplay
import Files

struct FitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Write a synthetic workload with a recording's statistics and none of its tokens.")

  @Argument(help: "The trace; - is standard input.") var trace: String
  @Option(name: .shortAndLong, help: "The workload file.") var output: String
  @Option(help: "The workload's name; the trace's by default.") var name: String?
  @Option(help: "Steps of what the workload generates, fewer than recorded; about as many by default.") var steps: Int?

  func run() throws {
    let statistics = try TraceStatistics(TraceReader(path: trace))
    let workload = try WorkloadFit.fit(statistics, name: name ?? "\(statistics.header.name)-like", steps: steps)
    try OutputFile.write(workload.yaml, to: output)
  }
}
