import ArgumentParser
import Files
import Foundation
import LoadBalancing
import PerformanceModel
import Replay

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

  @Option(help: "The model, for its number of hidden layers.")
  var model: String?

  @Option(help: "The format: \(PlacementExport.names.joined(separator: ", ")).")
  var to: String

  @Option(name: .shortAndLong, help: "The file to write.")
  var output: String

  func run() throws {
    var policy = try Presets.policy(policy)
    policy.slotsOverride = slots
    var demand = try PlanJob.Demand(reading: load, threads: ProcessInfo.processInfo.activeProcessorCount)
    demand.groups = groups ?? demand.groups
    let cluster = try Presets.cluster(cluster)
    let ranks = ranks ?? cluster.ranks
    let job = PlanJob(
      demand: demand, policy: policy, ranks: ranks, nodes: try nodes ?? cluster.resized(ranks: ranks).nodes,
      hiddenLayers: try model.map(Presets.model)?.layers)
    let file = try OutputFile(path: output)
    try file.write(try PlacementExport.text(of: job.run(), format: to))
    try file.commit()
  }
}
