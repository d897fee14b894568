import Diagnostics
import Foundation
import LoadBalancing
import Replay

/// One placement, planned from a load as a whole: what `plan` does.
public struct PlanJob: Sendable {
  /// The load to plan for.
  public var demand: RecordedLoad
  public var policy: BalancingPolicy
  public var ranks: Int
  public var nodes: Int
  /// Layers of the model, dense ones included; up to the last MoE layer when nil.
  public var hiddenLayers: Int?
  /// Needed by a planner that goes by co-activation and price.
  public var recording: Recording?
  /// That plan; the plan is the same on any number.
  public var threads = 1
  /// Whether the unequal shares of a plan made elsewhere are dropped where the policy's target splits evenly.
  public var dropsShares = false

  public init(
    demand: RecordedLoad, policy: BalancingPolicy, ranks: Int, nodes: Int, hiddenLayers: Int? = nil,
    recording: Recording? = nil
  ) {
    self.recording = recording
    self.demand = demand
    self.policy = policy
    self.ranks = ranks
    self.nodes = nodes
    self.hiddenLayers = hiddenLayers
  }

  /// - Throws: `InputError` (usage) if slots, ranks, nodes and groups do not fit each other; whatever the planner
  ///   throws.
  public func run() throws -> PlannedPlacement {
    guard ranks >= 1, nodes >= 1, ranks % nodes == 0 else {
      throw InputError("\(nodes) nodes do not divide \(ranks) ranks", in: "--nodes", status: .usage)
    }
    let shape = try shape()
    return PlannedPlacement(
      layerNumbers: demand.layerNumbers, hiddenLayers: hiddenLayers, placement: try placement(of: shape))
  }

  /// What there is to fill.
  func shape() throws(InputError) -> PlacementShape {
    let experts = demand.load.experts
    guard demand.groups >= 1, experts % demand.groups == 0 else {
      throw InputError("\(demand.groups) groups do not divide \(experts) experts", in: "--groups", status: .usage)
    }
    return PlacementShape(
      layers: demand.load.layers, experts: experts, ranks: ranks, nodes: nodes, groups: demand.groups,
      slots: try policy.slots(experts: experts, ranks: ranks), layerNumbers: demand.layerNumbers)
  }

  private func placement(of shape: PlacementShape) throws -> Placement {
    var context = PlanningContext(load: demand.load, shape: shape)
    context.windows = demand.windows
    context.threads = threads
    if policy.planner.isGiven { return try given(context) }
    guard policy.planner.needs.takeRecording else { return try policy.plan(context) }
    guard let completed = recording?.completing(context) else {
      let message = "goes by what a recording's steps cost on a cluster; a load alone does not say"
      throw InputError(message, in: "policy \(policy.name)", status: .usage)
    }
    return try policy.plan(completed)
  }

  /// A plan made elsewhere, without its shares where they would be dropped and may be.
  private func given(_ context: PlanningContext) throws -> Placement {
    let plan = try policy.planner.plan(context)
    guard !policy.target.hasFreeShares, let layer = plan.layers.firstIndex(where: \.hasUnequalShares) else {
      return try policy.plan(context)
    }
    if dropsShares { return try policy.planWithoutShares(context) }
    let message = "unequal shares, which \(policy.target.name) drops: it splits an expert's tokens evenly"
    throw InputError(
      "\(message); --force writes equal ones", in: "policy \(policy.name)",
      at: .init(layer: context.shape.layerNumbers[layer]), status: .usage)
  }
}
