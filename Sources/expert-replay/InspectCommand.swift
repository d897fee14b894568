import ArgumentParser
import ExpertReplay
import Files
import Foundation

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show a trace's shape and how unevenly its experts are loaded.")

  @Argument(help: "The trace; - is standard input.") var trace: String
  @Option(help: "A trace to compare with: how close a synthetic one comes to it.") var against: String?
  @OptionGroup(title: "Machine: for figures per rank and node, and for --against")
  var machine: MachineOptions
  @OptionGroup(title: "Price: for --against")
  var pricing: PricingOptions
  @OptionGroup var report: ReportOptions
  @Option(name: .shortAndLong, help: "Where to write it.") var output = "-"

  func validate() throws {
    guard against != nil || pricing.allToAll == nil else { throw ValidationError("--all-to-all needs --against") }
  }

  func run() throws {
    if let against { return try report.write(comparison(with: against), to: output) }
    let reader = try TraceReader(path: trace)
    var steps: any StepSource = reader
    if let model = try machine.routed(for: reader.header) { steps = try ModelledSteps(reader, of: model) }
    let inspection = try TraceInspection(steps, layout: machine.layout(for: reader.header)) { reader.digest }
    try report.write(InspectionReport(inspection), to: output)
  }

  private func comparison(with reference: String) throws -> ComparisonReport {
    for path in [trace, reference] {
      try requireReadableAgain(path, "--against reads both traces twice; give it files")
    }
    let routing = try RoutingComparison(
      TraceStatistics(TraceReader(path: trace)), reference: TraceStatistics(TraceReader(path: reference)))
    return ComparisonReport(
      routing: routing, machine: try MachineComparison(trace: job(trace), reference: job(reference)))
  }

  private func job(_ path: String) throws -> (job: ReplayJob, steps: any StepSource) {
    let reader = try TraceReader(path: path)
    let job = ReplayJob(
      setting: try machine.setting(for: reader.header, allToAll: pricing.allToAll),
      baseline: try BalancingPolicy(named: "static"),
      policies: [try BalancingPolicy(named: "eplb")], seed: 0, threads: ProcessInfo.processInfo.activeProcessorCount)
    return (job, reader)
  }
}
