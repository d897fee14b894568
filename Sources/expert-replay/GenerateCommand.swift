import ArgumentParser
import ExpertReplay
import Foundation

struct GenerateCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "generate", abstract: "Generate a synthetic trace from a workload.",
    discussion: Examples.text([
      "expert-replay generate hot-cold:steps=4 -o small.moetrace"
    ]))

  @Argument(
    help: "A workload file, or the name of one in workloads/; hot-cold:steps=64 changes it.",
    completion: .names(in: PresetCatalog.workloads)) var workload: String
  @Option(name: .shortAndLong, help: "The trace: .moetrace, .jsonl or .jsonl.gz.", completion: .anyFile) var output:
    String
  @Option(help: "Seed of the chance; the workload's when absent.") var seed: UInt64?

  @OptionGroup var verbosity: VerbosityOptions

  func run() throws {
    var parsed = try Workload(named: workload)
    if let seed { parsed.seed = seed }
    var share = HotShare(of: parsed)
    try TraceWriter.write(WatchedSteps(WorkloadGenerator(parsed)) { share?.count($0) }, to: output)
    if let share, let value = share.value {
      let part = String(format: "%.1f %%", value * 100)
      Remarks.note(
        "\(share.experts) of a layer's \(parsed.experts) experts are hot and get \(part) of its visits")
    }
  }
}
