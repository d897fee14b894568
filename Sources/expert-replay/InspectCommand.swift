import ArgumentParser
import ExpertReplay
import Files
import Foundation

struct InspectCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect", abstract: "Show a trace's shape and how unevenly its experts are loaded.",
    discussion: Examples.text([
      "expert-replay inspect traces/decode-256.moetrace",
      "expert-replay inspect traces/decode-256.moetrace --ranks 16 --format json",
      "expert-replay inspect traces/gpt-oss-20b-like.moetrace --resident 20%",
    ]))

  @Argument(help: "A trace, a folder of them, or several; - is standard input.", completion: .traces)
  var trace: [String]
  @Option(help: "A trace to compare with: how close a synthetic one comes to it.", completion: .traces) var against:
    String?
  @Option(help: "Tell what the hottest of so many experts get, such as 0.25 of a layer's, instead of 0.1, 0.3 and 0.5.")
  var hotRatio: Double?
  @Option(
    help: """
      Tell how often the experts that a step needs are at hand, by each rule of replacement, on a rank with room for such a \
      part of all: 20%, 0.2, or 18GB of the model's. Can be given several times.
      """)
  var resident: [String] = []
  @OptionGroup var selection: SelectionOptions
  @OptionGroup var draw: DrawOptions
  @OptionGroup var router: RouterOptions
  @OptionGroup(title: "Machine: for figures per rank and node, and for --against")
  var machine: MachineOptions
  @OptionGroup(title: "Price: for --against")
  var pricing: PricingOptions
  @OptionGroup var report: ReportOptions
  @Option(name: .shortAndLong, help: "Where to write it.", completion: .anyFile) var output = "-"

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    guard against != nil || pricing.allToAll == nil else { throw ValidationError("--all-to-all needs --against") }
    guard against == nil || router.router.isEmpty else { throw ValidationError("--router means nothing to --against") }
    guard against == nil || hotRatio == nil else { throw ValidationError("--hot-ratio means nothing to --against") }
    guard against == nil || resident.isEmpty else { throw ValidationError("--resident means nothing to --against") }
    if let hotRatio, !(hotRatio > 0 && hotRatio <= 1) {
      throw ValidationError("--hot-ratio \(hotRatio), expected above 0, at most 1")
    }
    guard !trace.contains("-") || against != "-" else {
      throw ValidationError("one of two traces can be standard input")
    }
  }

  func run() throws {
    if let against { return try report.write(comparison(with: against), to: output) }
    let selection = try selection.chosen(drawing: draw)
    let selected = try selection.open(TraceFiles(trace))
    let rewritten = try router.rewritten(selected)
    var steps: any StepSource = rewritten ?? selected
    if let model = try machine.routed(for: selected.header) { steps = try ModelledSteps(steps, of: model) }
    var inspection = try TraceInspection(
      steps, layout: machine.layout(for: selected.header),
      hotRatios: hotRatio.map { [$0] } ?? TraceInspection.usualHotRatios,
      residents: resident.map { try ExpertRoom($0).experts(of: selected.header, model: machine.model) }
    ) { selected.digest }
    if let rewritten {
      let recorded = try trace.contains("-") ? nil : TraceInspection(selection.open(TraceFiles(trace))) { nil }
      inspection.router = TraceInspection.Router(rewritten, recorded: recorded)
    }
    try report.write(InspectionReport(inspection), to: output)
  }

  private func comparison(with reference: String) throws -> ComparisonReport {
    let selection = try selection.chosen(drawing: draw)
    let comparison = try TraceComparison(
      of: selection.open(TraceFiles(trace)), with: selection.open(reference),
      baseline: BalancingPolicy(named: "static"),
      policies: [BalancingPolicy(named: "eplb:migration=blocking")],
      threads: ProcessInfo.processInfo.activeProcessorCount
    ) { try machine.setting(for: $0, allToAll: pricing.allToAll) }
    return ComparisonReport(routing: comparison.routing, machine: comparison.machine, notes: comparison.notes)
  }
}
