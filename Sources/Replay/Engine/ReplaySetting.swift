import Diagnostics
import PerformanceModel
import RoutingTrace

/// What a trace is replayed on: everything that the policies under test have in common.
public struct ReplaySetting: Sendable {
  /// The trace's, its top-k and the numbers of its layers as the model has them where the trace does not say.
  public let header: TraceHeader
  /// Whether the steps of the trace, counts without a top-k, give visits as their tokens.
  let countsVisits: Bool
  public let model: ModelShape
  /// Experts per token.
  public let topK: Int
  /// What prefill and mixed steps are priced with.
  private var prefill: PhasePrices
  private var decode: PhasePrices
  /// Where tokens start.
  package private(set) var sourceAssignment: SourceAssignment
  /// One step in so many is priced by the communication model, the others after it; nil when every step is priced. See
  /// `TrafficPricing`.
  private(set) var samplingInterval: Int?
  /// Told what every layer of every step sends.
  var observers: [any TrafficObserver] = []

  /// - Parameters:
  ///   - context: tokens that a token attends to, on average, for end-to-end figures.
  ///   - promptContext: the same in prefill and mixed steps, where it is another.
  ///   - allToAll: a name from the registry of communication models; the cluster's own when nil.
  ///   - sources: where tokens start.
  /// - Throws: `InputError` (usage) when the model, or where tokens start, does not fit the trace or the machine.
  public init(
    header: TraceHeader, machine: Machine, model shape: ModelShape, allToAll: String? = nil, context: Int? = nil,
    promptContext: Int? = nil, sources: TokenSources = TokenSources()
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
    self.model = model
    topK = model.topK
    sourceAssignment = try sources.assignment(ranks: machine.ranks)
    func prices(_ cluster: Cluster, _ context: Int?) throws(InputError) -> PhasePrices {
      var priced = try allToAll.map(cluster.priced(by:)) ?? cluster
      // What a file says of its errors is of the model that it names.
      if priced.allToAll != cluster.allToAll { priced.uncertainty.communication = .notValidated }
      return try PhasePrices(
        cluster: priced, model: model, context: context, attentionRanks: sources.attentionRanks)
    }
    if let storage = machine.prefill.storage {
      _ = try ExpertHomes(storage, model: model, layers: header.layers, name: machine.name)
    }
    prefill = try prices(machine.prefill, promptContext ?? context)
    let isSame = machine.decode == machine.prefill && promptContext == nil
    decode = isSame ? prefill : try prices(machine.decode, context)
  }

  /// On a cluster that is the same in both phases.
  public init(
    header: TraceHeader, cluster: Cluster, model shape: ModelShape, allToAll: String? = nil, context: Int? = nil,
    sources: TokenSources = TokenSources()
  ) throws(InputError) {
    try self.init(
      header: header, machine: Machine(cluster), model: shape, allToAll: allToAll, context: context, sources: sources)
  }

  /// What a phase's steps are priced with.
  public func prices(isDecode: Bool) -> PhasePrices { isDecode ? decode : prefill }

  /// What the trace's phase is priced with, prefill's when it has several: what plans, moves and memory go by.
  public var prices: PhasePrices { prices(isDecode: header.phase == .decode) }
  /// Of `prices`.
  public var cluster: Cluster { prices.cluster }
  public var payload: Payload { prices.payload }
  public var allToAll: any AllToAllModel { prices.allToAll }
  public var compute: ExpertCompute? { prices.compute }
  public var serving: ServingModel? { prices.serving }
  public var machine: Machine { Machine(prefill: prefill.cluster, decode: decode.cluster) }

  /// The same with other prices in both phases.
  private func repriced<Failure: Error>(
    _ change: (PhasePrices) throws(Failure) -> PhasePrices
  ) throws(Failure) -> ReplaySetting {
    var copy = self
    copy.prefill = try change(prefill)
    copy.decode = decode === prefill ? copy.prefill : try change(decode)
    return copy
  }

  /// Tokens of a step of the trace.
  package func tokens(of step: RoutingStep) -> Int {
    countsVisits ? RoutingStep.tokens(ofCounts: step.counts, header: header) : step.tokens
  }

  /// Layers up to the trace's last that it does not hold, which are dense. Where it lacks more than it holds it is a part
  /// of a model, and lacks MoE layers, too: the model says then how many are dense.
  var denseLayers: Int {
    let missing = (header.layerNumbers.last ?? 0) + 1 - header.layers
    return missing <= header.layers ? missing : min(missing, model.layers - model.moeLayers)
  }

  /// What all of a token's visits are; nil for counts, whose tokens are made of the visits, and where ranks come and go.
  var routing: BalanceTotals.Routing? {
    header.content == .tokens && cluster.changes.isEmpty ? .init(topK: topK, ranks: cluster.ranks) : nil
  }

  /// The same with another seed for sources that are drawn.
  func seeded(_ seed: UInt64) -> ReplaySetting {
    var copy = self
    copy.sourceAssignment.seed = seed
    return copy
  }

  /// The same with other communication models, such as ones that foresee, every step priced, and without end-to-end
  /// figures.
  package func priced(by model: (PhasePrices) throws -> any AllToAllModel) throws -> ReplaySetting {
    var copy = try repriced { prices throws in prices.priced(by: try model(prices)) }
    copy.samplingInterval = nil
    return copy
  }

  /// The same with links of these bandwidths, bytes per microsecond each way; nil keeps what there is between nodes.
  ///
  /// - Throws: `InputError` when the cluster's communication model has no use for such links.
  package func linked(scaleUp: Double, scaleOut: Double?) throws(InputError) -> ReplaySetting {
    try repriced { prices throws(InputError) in try prices.linked(scaleUp: scaleUp, scaleOut: scaleOut) }
  }

  /// The same, every step priced, with a fraction of each link's bandwidth.
  ///
  /// - Throws: `InputError` when the cluster's communication model has no use for such links.
  func leaving(_ fraction: Double) throws(InputError) -> ReplaySetting {
    var copy = try repriced { prices throws(InputError) in try prices.leaving(fraction) }
    copy.samplingInterval = nil
    return copy
  }

  /// The same with one step in `interval` priced by the communication model, the others after it; see `TrafficPricing`.
  ///
  /// - Throws: `InputError` (usage) when `interval` is not above 0, or the model prices every step in no time anyway.
  public func sampled(oneStepIn interval: Int) throws(InputError) -> ReplaySetting {
    guard interval > 0 else { throw InputError("--sample-steps \(interval), expected at least 1", status: .usage) }
    guard allToAll is any OutliningModel else {
      throw InputError("--sample-steps: '\(cluster.allToAll)' prices every step; use fair-share", status: .usage)
    }
    var copy = self
    copy.samplingInterval = interval
    return copy
  }
}
