import Diagnostics
import Files
import Foundation
import LoadBalancing
import RoutingTrace

/// One placement, planned from a load as a whole: what `plan` does.
public struct PlanJob: Sendable {
  /// The load to plan for, and what is known of the model that it comes from.
  public struct Demand: Equatable, Sendable {
    public var load: ExpertLoad
    /// `[layers]` the number of each MoE layer in the model.
    public var layerNumbers: [Int]
    /// Expert groups of the router; 1 when it has none.
    public var groups: Int

    public init(load: ExpertLoad, layerNumbers: [Int]? = nil, groups: Int = 1) {
      self.load = load
      self.layerNumbers = layerNumbers ?? Array(0..<load.layers)
      self.groups = groups
    }
  }

  public var demand: Demand
  public var policy: BalancingPolicy
  public var ranks: Int
  public var nodes: Int
  /// Layers of the model, dense ones included; up to the last MoE layer when nil.
  public var hiddenLayers: Int?
  /// Needed by a planner that goes by co-activation and price.
  public var recording: Recording?

  public init(
    demand: Demand, policy: BalancingPolicy, ranks: Int, nodes: Int, hiddenLayers: Int? = nil,
    recording: Recording? = nil
  ) {
    self.recording = recording
    self.demand = demand
    self.policy = policy
    self.ranks = ranks
    self.nodes = nodes
    self.hiddenLayers = hiddenLayers
  }

  /// - Throws: `InputError` (usage) if slots, ranks, nodes and groups do not fit each other; whatever the planner throws.
  public func run() throws -> PlannedPlacement {
    guard ranks >= 1, nodes >= 1, ranks % nodes == 0 else {
      throw InputError("\(nodes) nodes do not divide \(ranks) ranks", in: "--nodes", status: .usage)
    }
    let experts = demand.load.experts
    guard demand.groups >= 1, experts % demand.groups == 0 else {
      throw InputError("\(demand.groups) groups do not divide \(experts) experts", in: "--groups", status: .usage)
    }
    let shape = PlacementShape(
      layers: demand.load.layers, experts: experts, ranks: ranks, nodes: nodes, groups: demand.groups,
      slots: try policy.slots(experts: experts, ranks: ranks), layerNumbers: demand.layerNumbers)
    return PlannedPlacement(
      layerNumbers: demand.layerNumbers, hiddenLayers: hiddenLayers, placement: try placement(of: shape))
  }

  private func placement(of shape: PlacementShape) throws -> Placement {
    guard let planner = policy.planner as? any CoactivationPlanner else {
      return try policy.plan(demand.load, shape: shape, current: .contiguous(shape))
    }
    guard let recording, let plan = try recording.plan(demand.load, by: planner, shape: shape) else {
      let message = "goes by what a recording's steps cost on a cluster; a load alone does not say"
      throw InputError(message, in: "policy \(policy.name)", status: .usage)
    }
    return plan
  }
}

extension PlanJob.Demand {
  /// The load in a file: a trace, a `logical_count` recording, `{"weight": [[…]]}` or a bare `[[…]]`.
  public init(reading path: String, threads: Int) throws {
    if path.hasSuffix(".json"), let matrix = try Self(matrixJSON: readText(path), name: path) {
      self = matrix
    } else {
      try self.init(summing: TraceReader(path: path, threads: threads))
    }
  }

  /// The load of a whole trace.
  public init(summing source: some StepSource) throws {
    let header = source.header
    var load = ExpertLoad(zeroFor: header.layers, experts: header.experts)
    while let step = try source.next() { load.add(step) }
    self.init(load: load, layerNumbers: header.layerNumbers, groups: header.groups ?? 1)
  }

  /// A bare matrix of load `[layers][experts]`, or `{"weight": [[…]]}`; nil if the JSON is something else.
  ///
  /// - Throws: `InputError` if rows differ in length or an entry is negative.
  public init?(matrixJSON text: String, name: String) throws(InputError) {
    let decoder = JSONDecoder()
    let data = Data(text.utf8)
    guard
      let rows = (try? decoder.decode([[Double]].self, from: data))
        ?? (try? decoder.decode(WeightFile.self, from: data))?.weight
    else { return nil }
    guard let experts = rows.first?.count, experts > 0 else {
      throw InputError("an empty matrix, expected [layers][experts]", in: name)
    }
    for (layer, row) in rows.enumerated() {
      guard row.count == experts else {
        throw InputError("\(row.count) experts, expected \(experts) as in the first", in: name, at: .init(layer: layer))
      }
      if let wrong = row.first(where: { $0 < 0 || !$0.isFinite }) {
        throw InputError("load \(wrong), expected 0 or more", in: name, at: .init(layer: layer))
      }
    }
    self.init(load: ExpertLoad(layers: rows.count, experts: experts, values: rows.flatMap(\.self)))
  }
}

private struct WeightFile: Decodable {
  var weight: [[Double]]
}
