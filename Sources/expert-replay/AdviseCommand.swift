import ArgumentParser
import ExpertReplay
import Files
import Foundation

struct AdviseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "advise", abstract: "Say which prediction strategy, or which policy, pays off on a recording.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

  @Argument(help: "A trace file; it is read several times.")
  var trace: String

  @OptionGroup var machine: MachineOptions

  @Option(parsing: .upToNextOption, help: "Bandwidths to try, times the cluster's.")
  var linkSpeeds = [1, 0.25, 0.0625]

  @Option(parsing: .upToNextOption, help: "Batches to try: this many consecutive steps of the trace become one.")
  var batchSizes = [1]

  @Option(help: "Microseconds per layer for each e-fold reduction of a token-to-expert predictor's error.")
  var overhead = 5.0

  @Option(help: "Redundant slots on every rank.")
  var redundantSlotsPerRank = 1

  @Option(help: "Steps between plans; the predictor averages over as many. --tune tries four times as many, too.")
  var interval = 16

  @Flag(help: "Print MoE-GPS's closed model beside the replay.")
  var formula = false

  @Flag(
    help: "Search policy, slots, window and interval instead, and print the Pareto front of time, memory and moves.")
  var tune = false

  @Option(help: "With --tune: most GB of replicas on a rank.")
  var memory: Double?

  @Option(help: "How to print it: table or json.")
  var format = Format.table

  @Option(help: "Threads; the result does not depend on it.")
  var threads = ProcessInfo.processInfo.activeProcessorCount

  func validate() throws {
    guard !linkSpeeds.isEmpty, linkSpeeds.allSatisfy({ $0 > 0 && $0.isFinite }) else {
      throw ValidationError("--link-speeds: expected numbers above 0")
    }
    guard !batchSizes.isEmpty, batchSizes.allSatisfy((1...65_536).contains), !tune || batchSizes == [1] else {
      throw ValidationError("--batch-sizes: expected numbers in 1…65536, and not with --tune")
    }
    guard overhead >= 0, overhead.isFinite else { throw ValidationError("--overhead: expected 0 or more") }
    guard (1...1_000_000).contains(interval) else { throw ValidationError("--interval: expected 1…1000000") }
    guard threads > 0 else { throw ValidationError("--threads: expected 1 or more") }
  }

  func run() throws {
    try requireReadableAgain(trace, "advise reads a trace several times; give it a file")
    let header = try TraceReader(path: trace, threads: 1).header
    let setting = try machine.setting(for: header)
    if tune {
      let job = TuneJob(
        setting: setting, memory: memory.map { $0 * 1e9 }, intervals: [interval, 4 * interval],
        windows: [interval, 4 * interval], threads: threads, policy: BalancingPolicy.init(named:))
      let outcome = try job.run(on: TraceReader(path: trace, threads: threads))
      return try OutputFile.write(format == .json ? jsonReport(outcome) : AdviceReport.table(outcome), to: "-")
    }
    let advice = try AdviceJob(
      header: header, cluster: setting.cluster, model: setting.model, linkSpeeds: linkSpeeds,
      batchSizes: batchSizes, microsecondsPerFold: overhead, redundantSlotsPerRank: redundantSlotsPerRank,
      interval: interval, threads: threads, open: { try TraceReader(path: trace, threads: threads) }
    ).run()
    let table = AdviceReport.table(advice, showsFormula: formula) + (formula ? AdviceReport.publishedInputs : "")
    try OutputFile.write(format == .json ? jsonReport(advice) : table, to: "-")
  }
}
