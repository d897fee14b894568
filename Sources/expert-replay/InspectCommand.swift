import ArgumentParser
import ExpertReplay
import Files
import Foundation

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show a trace's shape and how unevenly its experts are loaded.")

  enum Format: String, ExpressibleByArgument, CaseIterable { case table, json }

  @Argument(help: "The trace; - is standard input.") var trace: String
  @Option(help: "A trace to compare with: how close a synthetic one comes to it.") var against: String?
  @OptionGroup(title: "Machine: for figures per rank and node, and for --against")
  var machine: MachineOptions
  @OptionGroup(title: "Price: for --against")
  var pricing: PricingOptions
  @Option(help: "How to show it: table or json.") var format = Format.table
  @Option(name: .shortAndLong, help: "Where to write it.") var output = "-"

  func validate() throws {
    guard against != nil || pricing.allToAll == nil else { throw ValidationError("--all-to-all needs --against") }
  }

  func run() throws {
    let text = try against.map(comparison) ?? inspection()
    try OutputFile.write(text, to: output)
  }

  private func inspection() throws -> String {
    let reader = try TraceReader(path: trace)
    let inspection = try TraceInspection(reader, layout: machine.layout(for: reader.header))
    if format == .json { return try InspectionReport.json(inspection) }
    return InspectionReport.table(inspection, inColour: output == "-" && isatty(STDOUT_FILENO) == 1)
  }

  private func comparison(with reference: String) throws -> String {
    for path in [trace, reference] {
      try requireReadableAgain(path, "--against reads both traces twice; give it files")
    }
    let routing = try RoutingComparison(
      TraceStatistics(TraceReader(path: trace)), reference: TraceStatistics(TraceReader(path: reference)))
    let report = ComparisonReport(
      routing: routing, machine: try MachineComparison(trace: job(trace), reference: job(reference)))
    return format == .json ? try report.json() : report.table()
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
