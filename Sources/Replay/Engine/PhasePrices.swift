import Diagnostics
import PerformanceModel

/// What a phase's steps are priced with: its kernels on the machine.
///
/// A class, as every layer of every step asks for it.
public final class PhasePrices: Sendable {
  public let cluster: Cluster
  /// What a copy of a token weighs.
  public let payload: Payload
  public let allToAll: any AllToAllModel
  /// Nil when the cluster does not describe its GPUs.
  public let compute: ExpertCompute?
  /// Nil when no context was given.
  public let serving: ServingModel?

  /// - Parameters:
  ///   - context: tokens that a token attends to, for end-to-end figures; nil for none.
  ///   - attentionRanks: ranks that share a token's attention.
  /// - Throws: `InputError` (usage) for a model that the kernels do not serve, or without what end-to-end figures need.
  init(cluster: Cluster, model: ModelShape, context: Int?, attentionRanks: Int) throws(InputError) {
    self.cluster = cluster
    payload = try cluster.payload(of: model)
    allToAll = try cluster.makeAllToAll()
    compute = try cluster.expertCompute(of: model)
    serving = try context.map { context throws(InputError) in
      try ServingModel(cluster: cluster, model: model, context: context, attentionRanks: attentionRanks)
    }
  }

  private init(_ other: PhasePrices, cluster: Cluster, allToAll: any AllToAllModel, serving: ServingModel?) {
    self.cluster = cluster
    payload = other.payload
    self.allToAll = allToAll
    compute = other.compute
    self.serving = serving
  }

  /// How far the prices may be off. Figures of another GPU's links were held against no measurement here.
  var uncertainty: PriceUncertainty {
    var uncertainty = cluster.uncertainty
    if let error = compute?.error { uncertainty.experts = error }
    if linksMeasuredWith != nil { uncertainty.communication = .notValidated }
    if allToAll.isDefinition { uncertainty.communication = .none }
    return uncertainty
  }

  /// The GPU that gave the figures of the links that this group uses, where it is another.
  var linksMeasuredWith: String? { cluster.nodes > 1 ? cluster.parts?.linksMeasuredWith : nil }

  /// The same with links of these bandwidths, bytes per microsecond each way; nil keeps what there is between nodes.
  func linked(scaleUp: Double, scaleOut: Double?) throws(InputError) -> PhasePrices {
    var cluster = cluster
    cluster.scaleUp?.dispatchBandwidth = scaleUp
    cluster.scaleUp?.combineBandwidth = scaleUp
    if let scaleOut {
      cluster.scaleOut?.dispatchBandwidth = scaleOut
      cluster.scaleOut?.combineBandwidth = scaleOut
    }
    return PhasePrices(self, cluster: cluster, allToAll: try cluster.makeAllToAll(), serving: serving)
  }

  /// The same with a fraction of each link's bandwidth for what is sent.
  func leaving(_ fraction: Double) throws(InputError) -> PhasePrices {
    PhasePrices(self, cluster: cluster, allToAll: try cluster.leaving(fraction).makeAllToAll(), serving: serving)
  }

  /// The same with another communication model, and without end-to-end figures.
  func priced(by model: any AllToAllModel) -> PhasePrices {
    PhasePrices(self, cluster: cluster, allToAll: model, serving: nil)
  }

  /// Microseconds of a dispatch that sends one copy from the first rank to the last.
  package func dispatchLatency() throws -> Double {
    var traffic = Traffic(ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
    traffic.rankCopies[cluster.ranks - 1] = 1
    traffic.visits[cluster.ranks - 1] = 1
    traffic.nodeCopies[cluster.nodes - 1] = 1
    return try allToAll.price(traffic, payload: payload).dispatch
  }
}
