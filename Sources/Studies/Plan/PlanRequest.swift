import Diagnostics
import Files
import Foundation
import LoadBalancing
import PerformanceModel
import Presets
import Replay
import RoutingTrace

/// A plan asked for in names and paths, as `plan` takes them.
public struct PlanRequest: Sendable {
  /// A trace, a `logical_count` recording, or a load matrix.
  public var load: String
  /// What to plan from of a recording.
  public var selection: StepSelection
  /// Files, or names in `policies/`, `clusters/` and `models/`.
  public var policy: String
  public var cluster: String
  public var model: String?
  /// Instead of the cluster's.
  public var ranks: Int?
  public var nodes: Int?
  /// Slots per layer, instead of the policy's.
  public var slots: Int?
  /// Expert groups of the router, instead of the recording's.
  public var groups: Int?
  /// Where tokens start, for planners that go by the cluster's price; nil for what is usual.
  public var sources: TokenSources?

  public init(
    load: String, selection: StepSelection = StepSelection(), policy: String, cluster: String, model: String? = nil,
    ranks: Int? = nil, nodes: Int? = nil, slots: Int? = nil, groups: Int? = nil, sources: TokenSources? = nil
  ) {
    self.load = load
    self.selection = selection
    self.policy = policy
    self.cluster = cluster
    self.model = model
    self.ranks = ranks
    self.nodes = nodes
    self.slots = slots
    self.groups = groups
    self.sources = sources
  }

  /// - Parameter old: the file of a plan in force, if what must move from it is asked for, too.
  /// - Returns: the plan, what must move, and what the reader has to know of how the load's steps were chosen.
  /// - Throws: `InputError`: a name or file that is none; parts that do not fit each other; what the planner throws.
  public func run(
    replacing old: String? = nil
  ) throws -> (plan: PlannedPlacement, difference: PlanDifference?, notes: [String]) {
    var policy = try BalancingPolicy(named: policy)
    if let slots { policy.slotBudget = .total(slots) }
    var demand = try RecordedLoad(
      reading: load, selection: selection, threads: ProcessInfo.processInfo.activeProcessorCount)
    let model = try recordedModel(of: demand)
    if let model { demand = try demand.fitted(to: model.routed) }
    demand.groups = groups ?? demand.groups
    let whole = try Machine(named: cluster)
    let ranks = ranks ?? whole.ranks
    let machine = nodes == nil ? try whole.map { try $0.resized(ranks: ranks) } : nil
    let nodes = machine?.nodes ?? nodes ?? whole.nodes
    guard sources == nil || policy.planner.needs.takeRecording else {
      throw InputError(
        "plans from the load alone, wherever tokens start; leave out --sources and --attention-tp",
        in: "policy \(policy.name)", status: .usage)
    }
    let recording = policy.planner.needs.takeRecording ? try recording(on: machine) : nil
    let plan = try PlanJob(
      demand: demand, policy: policy, ranks: ranks, nodes: nodes, hiddenLayers: model?.layers, recording: recording
    ).run()
    let difference = try old.map { path in
      try PlanDifference(
        from: WrittenPlan(reading: path), to: plan, ranksPerNode: ranks / nodes, model: model, cluster: machine?.prefill
      )
    }
    return (plan, difference, demand.notes)
  }

  /// The model that was asked for, else the one that the recording names, if it has a file and is like it.
  private func recordedModel(of demand: RecordedLoad) throws -> ModelShape? {
    if let model { return try ModelShape(named: model) }
    guard let name = demand.model, PresetCatalog.models.names.contains(name) else { return nil }
    let known = try ModelShape(named: name)
    return (try? demand.fitted(to: known.routed)) == nil ? nil : known
  }

  /// The recording on its machine, for a planner that goes by its price.
  private func recording(on machine: Machine?) throws -> PlanJob.Recording {
    try requireReadableAgain(load, "--policy \(policy) reads the recording twice; give it a file")
    guard let machine else {
      throw InputError("--policy \(policy) goes by the cluster's price; leave --nodes to the cluster", status: .usage)
    }
    let reader = try selection.open(load, digesting: false)
    let model = try model.map(ModelShape.init(named:)) ?? ModelShape(fitting: reader.header)
    return try PlanJob.Recording(
      summing: reader,
      on: ReplaySetting(
        header: reader.header, machine: machine, model: model, sources: sources ?? TokenSources()))
  }
}
