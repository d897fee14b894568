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
  /// A trace or a `logical_count` recording, in one or several files or a folder of them, or a load matrix.
  public var load: [String]
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
  /// Expert groups of the router, instead of the recording's or its model's.
  public var groups: Int?
  /// The format that the plan is for, whose target is planned for unless the policy names one.
  public var format: String
  /// Whether a given plan's unequal shares may be dropped.
  public var dropsShares: Bool
  /// Where tokens start, for planners that go by the cluster's price; nil for what is usual.
  public var sources: TokenSources?

  public init(
    load: [String], selection: StepSelection = StepSelection(), policy: String, cluster: String, model: String? = nil,
    ranks: Int? = nil, nodes: Int? = nil, slots: Int? = nil, groups: Int? = nil, sources: TokenSources? = nil,
    format: String = "json", dropsShares: Bool = false
  ) {
    self.format = format
    self.dropsShares = dropsShares
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
  /// - Throws: `InputError`: a name or file that is none; parts that do not fit each other; what the planner throws; a
  ///   given plan that the target cannot express.
  public func run(replacing old: String? = nil) throws -> PlanOutcome {
    var policy = try BalancingPolicy(named: policy)
    if let slots { policy.slotBudget = .total(slots) }
    let target = try target(of: policy)
    let threads = ProcessInfo.processInfo.activeProcessorCount
    var demand = try RecordedLoad(
      reading: load, selection: selection, threads: threads,
      windows: policy.planner.needs.contains(.windows) ? Self.windows : 0)
    let model = try recordedModel(of: demand)
    if let model { demand = try demand.fitted(to: model.routed) }
    demand.groups = groups ?? (demand.groups > 1 ? demand.groups : model?.groups ?? 1)
    let whole = try Machine(named: cluster)
    let ranks = ranks ?? whole.ranks
    let machine = nodes == nil ? try whole.map { try $0.resized(ranks: ranks) } : nil
    let nodes = machine?.nodes ?? nodes ?? whole.nodes
    guard sources == nil || policy.planner.needs.takeRecording else {
      throw InputError(
        "plans from the load alone, wherever tokens start; leave out --sources and --attention-tp",
        in: "policy \(policy.name)", status: .usage)
    }
    let needs = policy.planner.needs
    let recording = try needs.takeRecording ? recording(on: machine, for: needs, threads: threads) : nil
    var job = PlanJob(
      demand: demand, policy: try policy.serving(target), ranks: ranks, nodes: nodes, hiddenLayers: model?.layers,
      recording: recording)
    job.dropsShares = dropsShares
    job.threads = threads
    let heading = WorkProgress.begin("planning")
    defer { heading?.end() }
    let plan = try job.run()
    let difference = try old.map { path in
      try PlanDifference(
        from: WrittenPlan(reading: path), to: plan, ranksPerNode: ranks / nodes, model: model, cluster: machine?.prefill
      )
    }
    let served = try PlanComparison(job: job, target: target, sources: sources ?? TokenSources()).served(
      plan.placement, open: steps(of: demand))
    return PlanOutcome(plan: plan, difference: difference, served: served, notes: demand.notes + served.notes)
  }

  /// Steps that a planner by windows is told one by one, the last of the recording (SGLang's FlashLB keeps as many).
  static let windows = 1024

  /// The policy's target, else the system that loads the format.
  ///
  /// - Throws: `InputError` (usage) for a policy whose target does not load it.
  private func target(of policy: BalancingPolicy) throws(InputError) -> ServingTarget {
    let loading = try ServingTarget.loading(format)
    if policy.target == .any { return loading }
    guard policy.target.formats.contains(format) || loading == .any else {
      let message = "plans for \(policy.target.name), which does not load \(format)"
      throw InputError(message, in: "policy \(policy.name)", status: .usage)
    }
    return policy.target
  }

  /// Opens the recording's steps; nil for a matrix of load, for a recording that can be read only once, and for one with
  /// layers that the model does not have.
  private func steps(of demand: RecordedLoad) -> (() throws -> any StepSource)? {
    guard demand.steps != nil, load.allSatisfy(isReadableAgain) else { return nil }
    guard let trace = try? SelectedTrace(load, selection),
      let header = try? trace.open(digesting: false).header, header.layers == demand.load.layers
    else { return nil }
    return { try trace.open(digesting: false) }
  }

  /// The model that was asked for, else the one that the recording names, if it has a file and is like it.
  private func recordedModel(of demand: RecordedLoad) throws -> ModelShape? {
    if let model { return try ModelShape(named: model) }
    guard let name = demand.model, PresetCatalog.models.names.contains(name) else { return nil }
    let known = try ModelShape(named: name)
    return (try? demand.fitted(to: known.routed)) == nil ? nil : known
  }

  /// The recording on its machine, for a planner that goes by its price.
  private func recording(
    on machine: Machine?, for needs: PlanningNeeds, threads: Int
  ) throws -> PlanJob.Recording {
    for path in load { try requireReadableAgain(path, "--policy \(policy) reads the recording twice; give it a file") }
    guard let machine else {
      throw InputError("--policy \(policy) goes by the cluster's price; leave --nodes to the cluster", status: .usage)
    }
    let reader = try selection.open(TraceFiles(load), digesting: false)
    let model = try model.map(ModelShape.init(named:)) ?? ModelShape(fitting: reader.header)
    return try PlanJob.Recording(
      summing: reader,
      on: ReplaySetting(
        header: reader.header, machine: machine, model: model, sources: sources ?? TokenSources()),
      for: needs, threads: threads)
  }
}
