import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay

/// What must move between ranks for one plan to replace another.
public struct PlanDifference: Equatable, Sendable {
  public struct Layer: Equatable, Sendable {
    /// The layer's number in the model.
    public var layer: Int
    /// Experts that some rank must fetch, counted once for each rank.
    public var experts: Int
    /// Their weights, when the model is known.
    public var bytes: Double?
  }

  public var perLayer: [Layer]
  public var ranks: Int
  /// Most experts that one rank must fetch, over all layers.
  public var mostPerRank: Int
  /// Weights of one expert, when the model is known.
  public var expertBytes: Double?
  /// Microseconds to move everything at once, when model and cluster are known. A tier of storage without room for all
  /// experts is passed over: which are hot is not known.
  public var time: Double?

  public var experts: Int { perLayer.reduce(0) { $0 + $1.experts } }
  public var bytes: Double? { expertBytes.map { $0 * Double(experts) } }

  /// - Parameters:
  ///   - written: the plan in force. It may have other slots than the new one.
  ///   - ranksPerNode: of the new plan.
  ///   - model: whose experts move; counts alone when nil.
  ///   - cluster: over whose links they move; no time when nil.
  /// - Throws: `InputError`: a plan without a layer or an expert that the new one has, for other ranks, or of slots
  ///   that
  ///   do not divide over them; a model of other experts; what the cluster's migration throws.
  public init(
    from written: WrittenPlan, to plan: PlannedPlacement, ranksPerNode: Int, model: ModelShape? = nil,
    cluster: Cluster? = nil
  ) throws(InputError) {
    let new = plan.placement
    guard let first = new.layers.first else {
      throw InputError("no layers to compare", in: written.name, status: .usage)
    }
    if let model, model.experts != first.experts {
      throw InputError(
        "\(model.experts) experts, the plan has \(first.experts)", in: "model \(model.name)", status: .usage)
    }
    var shape = PlacementShape(
      layers: new.layers.count, experts: first.experts, ranks: new.ranks, nodes: max(1, new.ranks / ranksPerNode),
      groups: 1, slots: first.slots, layerNumbers: plan.layerNumbers)
    shape.slots = try attributing(written.name) { () throws(InputError) in
      try SlotBudget.total(written.slots).slots(experts: first.experts, ranks: new.ranks)
    }
    let old = try written.placement(for: shape)
    let transfers = ExpertTransfers(from: old, to: new, ranksPerNode: ranksPerNode)
    let size = model?.expertBytes
    expertBytes = size
    ranks = new.ranks
    perLayer = zip(plan.layerNumbers, transfers.countPerLayer).map { number, count in
      Layer(layer: number, experts: count, bytes: size.map { $0 * Double(count) })
    }
    mostPerRank = Int(transfers.mostPerRank)
    if let model, let cluster {
      let homes = try cluster.storage.map { storage throws(InputError) in
        try ExpertHomes(storage, model: model, layers: new.layers.count, name: cluster.name)
      }
      time = try MovePrice(.blocking, cluster: cluster, expertBytes: model.expertBytes)
        .cost(of: transfers.layers, from: homes?.locations).time
    }
  }
}
