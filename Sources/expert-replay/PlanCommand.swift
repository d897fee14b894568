import ArgumentParser
import ExpertReplay
import Files
import Foundation

struct PlanCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "plan", abstract: "Plan a placement from a recorded load, for a serving system to start with.")

  @Argument(help: "A trace, a logical_count JSON, or a load matrix [layers][experts] as JSON.")
  var load: String

  @Option(help: "A policy file or a name in policies/; its planner is used.")
  var policy: String

  @Option(help: "A cluster file or a name in clusters/.")
  var cluster = "h100-ib"

  @Option(help: "Ranks, instead of the cluster's.")
  var ranks: Int?

  @Option(help: "Nodes, instead of the cluster's.")
  var nodes: Int?

  @Option(help: "Slots per layer, instead of the policy's.")
  var slots: Int?

  @Option(help: "Expert groups of the router, instead of the recording's; 1 plans globally.")
  var groups: Int?

  @Option(help: "The model, for its number of hidden layers and the size of its experts.")
  var model: String?

  @Option(help: "The format: \(PlanFormats.registry.list).")
  var to: String

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String

  @Option(help: "A plan in force, in any of these formats: print what must move from it to the new one.")
  var diff: String?

  @OptionGroup(title: "For --diff") var report: ReportOptions

  func validate() throws {
    if report.format != nil, diff == nil { throw ValidationError("--format is for what --diff prints") }
    try require(slots, in: 1...SlotBudget.limit, "--slots")
    try require(ranks, in: 1...Cluster.maximumRanks, "--ranks")
    try require(nodes, in: 1...Cluster.maximumRanks, "--nodes")
    try require(groups, in: 1...TraceHeader.maximumExperts, "--groups")
    if diff != nil, output == "-" { throw ValidationError("--diff prints to standard output: give -o a file") }
  }

  func run() throws {
    var policy = try BalancingPolicy(named: policy)
    if let slots { policy.slotBudget = .total(slots) }
    var demand = try RecordedLoad(reading: load, threads: ProcessInfo.processInfo.activeProcessorCount)
    let model = try recordedModel(of: demand)
    if let model { demand = try demand.fitted(to: model.routed) }
    demand.groups = groups ?? demand.groups
    let cluster = try Cluster(named: cluster)
    let ranks = ranks ?? cluster.ranks
    let machine = nodes == nil ? try cluster.resized(ranks: ranks) : nil
    let nodes = machine?.nodes ?? nodes ?? cluster.nodes
    let recording = policy.planner.needs.takeRecording ? try recording(on: machine) : nil
    let job = PlanJob(
      demand: demand, policy: policy, ranks: ranks, nodes: nodes, hiddenLayers: model?.layers, recording: recording)
    let plan = try job.run()
    let difference = try diff.map { path in
      try PlanDifference(
        from: WrittenPlan(reading: path), to: plan, ranksPerNode: ranks / nodes, model: model, cluster: machine)
    }
    let file = try OutputFile(path: output)
    try file.write(try PlanFormats.content(of: plan, format: to, path: output))
    if let difference { try report.write(PlanDifferenceReport(difference)) }
    try file.commit()
  }

  /// The model that was asked for, else the one that the recording names, if it has a file and is like it.
  private func recordedModel(of demand: RecordedLoad) throws -> ModelShape? {
    if let model { return try ModelShape(named: model) }
    guard let name = demand.model, PresetCatalog.models.names.contains(name) else { return nil }
    let known = try ModelShape(named: name)
    return (try? demand.fitted(to: known.routed)) == nil ? nil : known
  }

  /// The recording on its machine, for a planner that goes by its price.
  private func recording(on machine: Cluster?) throws -> PlanJob.Recording {
    try requireReadableAgain(load, "--policy \(policy) reads the recording twice; give it a file")
    guard let machine else {
      throw InputError("--policy \(policy) goes by the cluster's price; leave --nodes to the cluster", status: .usage)
    }
    let reader = try TraceReader(path: load, threads: ProcessInfo.processInfo.activeProcessorCount)
    let model = try model.map(ModelShape.init(named:)) ?? ModelShape(fitting: reader.header)
    return try PlanJob.Recording(
      summing: reader, on: ReplaySetting(header: reader.header, cluster: machine, model: model))
  }
}
