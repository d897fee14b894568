import ArgumentParser
import ExpertReplay
import Files

struct PlanCommand: SpeakingCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Plan a placement from a recorded load, for a serving system to start with.",
    discussion: Examples.text([
      "expert-replay plan traces/decode-256.moetrace --policy eplb --to sglang -o p",
      "expert-replay plan traces/decode-256.moetrace --policy greedy --to json -o q",
    ]))

  @Argument(
    help: "A trace, a logical_count JSON, a folder of them, or several; or a load matrix [layers][experts] as JSON.",
    completion: .traces)
  var load: [String]

  @OptionGroup var selection: SelectionOptions

  @Option(
    help: "A policy file or a name in policies/; its planner is used.", completion: .names(in: PresetCatalog.policies))
  var policy: String

  @Option(help: "A cluster file or a name in clusters/.", completion: .names(in: PresetCatalog.clusters))
  var cluster = MachineOptions.usualCluster

  @Option(help: "Ranks, instead of the cluster's.")
  var ranks: Int?

  @Option(help: "Nodes, instead of the cluster's.")
  var nodes: Int?

  @Option(help: "Slots per layer, instead of the policy's.")
  var slots: Int?

  @Option(help: "Expert groups of the router, instead of the recording's or its model's; 1 plans globally.")
  var groups: Int?

  @Option(
    help: "The model, for its number of hidden layers and the size of its experts.",
    completion: .names(in: PresetCatalog.models))
  var model: String?

  @Option(help: "The format: \(PlanFormats.registry.list).", completion: .names(of: PlanFormats.registry))
  var to: String

  @Option(name: .shortAndLong, help: "The file to write.", completion: .anyFile)
  var output: String

  @Option(
    help: "A plan in force, in any of these formats: print what must move from it to the new one, too.",
    completion: .anyFile)
  var diff: String?

  @Flag(help: "Write a plan made elsewhere although the format drops its unequal shares.")
  var force = false

  @OptionGroup(title: "For policies that go by the cluster's price") var source: SourceOptions

  @OptionGroup var report: ReportOptions

  @OptionGroup var verbosity: VerbosityOptions

  func validate() throws {
    if report.format != nil, output == "-" {
      throw ValidationError("--format prints to standard output: give -o a file")
    }
    try require(slots, in: 1...SlotBudget.limit, "--slots")
    try require(ranks, in: 1...Cluster.maximumRanks, "--ranks")
    try require(nodes, in: 1...Cluster.maximumRanks, "--nodes")
    try require(groups, in: 1...TraceHeader.maximumExperts, "--groups")
    if diff != nil, output == "-" { throw ValidationError("--diff prints to standard output: give -o a file") }
  }

  func run() throws {
    let request = try PlanRequest(
      load: load, selection: selection.chosen, policy: policy, cluster: cluster, model: model, ranks: ranks,
      nodes: nodes, slots: slots, groups: groups, sources: source.isGiven ? source.chosen : nil, format: to,
      dropsShares: force)
    let outcome = try request.run(replacing: diff)
    let file = try OutputFile(path: output)
    try file.write(try PlanFormats.content(of: outcome.plan, format: to, path: output))
    if output != "-" { try report.write(PlanReport(outcome)) }
    if let warning = outcome.served.warning { Remarks.warn(warning) }
    try file.commit()
    for note in outcome.notes { Remarks.note(note) }
  }
}
