import Diagnostics
import PerformanceModel
import RoutingTrace

/// What a trace is replayed on: everything that the policies under test have in common.
public struct ReplaySetting: Sendable {
  /// The trace's, its top-k and the numbers of its layers as the model has them where the trace does not say.
  public let header: TraceHeader
  /// Whether the steps of the trace, counts without a top-k, give visits as their tokens.
  let countsVisits: Bool
  public private(set) var cluster: Cluster
  public let model: ModelShape
  /// Experts per token.
  public let topK: Int
  public let payload: Payload
  public private(set) var allToAll: any AllToAllModel
  /// Nil when the cluster does not describe its GPUs.
  public let compute: ExpertCompute?
  /// Nil when no context was given.
  public private(set) var serving: ServingModel?
  /// Where tokens start.
  package private(set) var sourceAssignment: SourceAssignment
  /// Nil when every step is priced.
  private(set) var sampling: StepSampling?
  /// Told what every layer of every step sends.
  var observers: [any TrafficObserver] = []

  /// - Parameters:
  ///   - context: tokens that a token attends to, on average, for end-to-end figures.
  ///   - allToAll: a name from the registry of communication models; the cluster's own when nil.
  ///   - sources: where tokens start.
  /// - Throws: `InputError` (usage) when the model, or where tokens start, does not fit the trace or the cluster.
  public init(
    header: TraceHeader, cluster: Cluster, model shape: ModelShape, allToAll: String? = nil, context: Int? = nil,
    sources: TokenSources = TokenSources()
  ) throws(InputError) {
    try sources.check(fits: header)
    let model = shape.fitted(toLayers: header.layerNumbers)
    guard model.experts == header.experts else {
      throw InputError(
        "\(model.experts) experts, but trace '\(header.name)' has \(header.experts)", in: "model \(model.name)",
        status: .usage)
    }
    guard (header.topK ?? model.topK) == model.topK else {
      throw InputError(
        "top-\(model.topK), but trace '\(header.name)' has top-\(header.topK ?? 0)", in: "model \(model.name)",
        status: .usage)
    }
    guard header.layers <= max(model.moeLayers, 1) else {
      throw InputError(
        "\(model.moeLayers) MoE layers, but trace '\(header.name)' has \(header.layers)", in: "model \(model.name)",
        status: .usage)
    }
    var completed = header
    completed.topK = model.topK
    if let numbers = try? model.routed.numbers(of: header.layerNumbers) { completed.layerNumbers = numbers }
    self.header = completed
    countsVisits = header.content == .counts && header.topK == nil
    self.cluster = try allToAll.map(cluster.priced(by:)) ?? cluster
    // What a file says of its errors is of the model that it names.
    if self.cluster.allToAll != cluster.allToAll { self.cluster.uncertainty.communication = .notValidated }
    self.model = model
    sourceAssignment = try sources.assignment(ranks: cluster.ranks)
    topK = model.topK
    payload = model.payload
    self.allToAll = try self.cluster.makeAllToAll()
    serving = try context.map { context throws(InputError) in
      try ServingModel(cluster: cluster, model: model, context: context, attentionRanks: sources.attentionRanks)
    }
    compute = cluster.gpu.map { ExpertCompute(gpu: $0, model: model) }
  }

  /// Tokens of a step of the trace.
  func tokens(of step: RoutingStep) -> Int {
    countsVisits ? RoutingStep.tokens(ofCounts: step.counts, header: header) : step.tokens
  }

  /// Layers up to the trace's last that it does not hold, which are dense. Where it lacks more than it holds it is a part
  /// of a model, and lacks MoE layers, too: the model says then how many are dense.
  var denseLayers: Int {
    let missing = (header.layerNumbers.last ?? 0) + 1 - header.layers
    return missing <= header.layers ? missing : min(missing, model.layers - model.moeLayers)
  }

  /// The same with another seed for sources that are drawn.
  func seeded(_ seed: UInt64) -> ReplaySetting {
    var copy = self
    copy.sourceAssignment.seed = seed
    return copy
  }

  /// The same with another model, such as one that foresees, and without end-to-end figures.
  package func priced(by model: any AllToAllModel) -> ReplaySetting {
    var copy = self
    copy.allToAll = model
    copy.serving = nil
    copy.sampling = nil
    return copy
  }

  /// The same with links of these bandwidths, bytes per microsecond each way; nil keeps what there is between nodes.
  ///
  /// - Throws: `InputError` when the cluster's communication model has no use for such links.
  package func linked(scaleUp: Double, scaleOut: Double?) throws(InputError) -> ReplaySetting {
    var copy = self
    copy.cluster.scaleUp?.dispatchBandwidth = scaleUp
    copy.cluster.scaleUp?.combineBandwidth = scaleUp
    if let scaleOut {
      copy.cluster.scaleOut?.dispatchBandwidth = scaleOut
      copy.cluster.scaleOut?.combineBandwidth = scaleOut
    }
    copy.allToAll = try copy.cluster.makeAllToAll()
    return copy
  }

  /// The same, every step priced, with a fraction of each link's bandwidth.
  ///
  /// - Throws: `InputError` when the cluster's communication model has no use for such links.
  func leaving(_ fraction: Double) throws(InputError) -> ReplaySetting {
    var copy = self
    copy.allToAll = try cluster.leaving(fraction).makeAllToAll()
    copy.sampling = nil
    return copy
  }

  /// The same with one step in `interval` priced by the communication model, the others after it; see `TrafficPricing`.
  ///
  /// - Throws: `InputError` (usage) when `interval` is not above 0, or the model prices every step in no time anyway.
  public func sampled(oneStepIn interval: Int) throws(InputError) -> ReplaySetting {
    guard interval > 0 else { throw InputError("--sample-steps \(interval), expected at least 1", status: .usage) }
    guard let model = allToAll as? any OutliningModel else {
      throw InputError("--sample-steps: '\(cluster.allToAll)' prices every step; use fair-share", status: .usage)
    }
    var copy = self
    copy.sampling = StepSampling(interval: interval, model: model)
    return copy
  }
}
