/// The balance measures of every system around us, each under its owner's definition.
///
/// Layers without a token count for none of them but SGLang's, whose mean is over all hidden layers of the model and
/// takes a layer without tokens, as its dense ones are, for balanced.
package struct BalanceTotals: Sendable {
  private var rank = Mean()
  private var slot = Mean()
  private var expert = Mean()
  private var node = Mean()
  private var vllm = Mean()
  private var sglang = Mean()
  private var peakToAverage = Mean()
  private var peakToNominal = Mean()
  /// Whether a layer had fewer visits than its tokens' top-k.
  private var hasDropped = false
  private var bound = Mean()
  private var gap = Mean()
  private var equalShareBound = Mean()
  private var equalShareGap = Mean()

  let denseLayers: Int
  let routing: Routing?

  /// How many visits tokens have where none is dropped.
  package struct Routing: Sendable {
    let topK: Int
    let ranks: Int
  }

  /// - Parameters:
  ///   - denseLayers: of the model, among the layers that the trace is of.
  ///   - routing: nil where it is not known, or ranks come and go.
  init(denseLayers: Int, routing: Routing? = nil) {
    self.denseLayers = denseLayers
    self.routing = routing
  }

  /// - Parameter layers: `[layers]` outcomes of one step.
  mutating func add(_ layers: some Collection<LayerOutcome>) {
    var meanSum = 0.0
    var maximumSum = 0.0
    var sglangSum = Double(denseLayers)
    for layer in layers { sglangSum += (layer.rank.mean + 1e-5) / (layer.rank.maximum + 1e-5) }
    for layer in layers where layer.rank.maximum > 0 {
      rank.add(layer.rank.balancedness)
      slot.add(layer.slot.balancedness)
      expert.add(layer.expert.balancedness)
      node.add(layer.node.balancedness)
      bound.add(layer.rankLoadBound)
      gap.add(layer.rankLoadBound > 0 ? layer.rank.maximum / layer.rankLoadBound - 1 : nil)
      equalShareBound.add(layer.equalShareBound)
      equalShareGap.add(layer.equalShareBound > 0 ? layer.rank.maximum / layer.equalShareBound - 1 : nil)
      peakToAverage.add(layer.rank.maximum / layer.rank.mean)
      if let routing {
        let mean = layer.tokens * Double(routing.topK) / Double(routing.ranks)
        peakToNominal.add(layer.rank.maximum / mean)
        hasDropped = hasDropped || mean != layer.rank.mean
      }
      meanSum += layer.rank.mean
      maximumSum += layer.rank.maximum
    }
    vllm.add(maximumSum > 0 ? meanSum / maximumSum : nil)
    sglang.add(sglangSum / Double(denseLayers + layers.count))
  }

  package var balancedness: PolicyResult.Balancedness {
    .init(
      rank: rank.value, slot: slot.value, expert: expert.value, node: node.value, vllm: vllm.value,
      sglang: sglang.value)
  }

  /// Nil without a layer that had tokens.
  var optimality: PolicyResult.Optimality? {
    guard let bound = bound.value, let gap = gap.value, let equalShareBound = equalShareBound.value,
      let equalShareGap = equalShareGap.value
    else { return nil }
    return .init(
      rankLoadLowerBound: bound, gap: gap, equalShareLowerBound: equalShareBound, equalShareGap: equalShareGap)
  }

  var imbalance: PolicyResult.Imbalance {
    .init(
      tensorrtllm: peakToAverage.value.map { $0 - 1 }, peakToAverage: peakToAverage.value,
      peakToNominal: hasDropped ? peakToNominal.value : nil)
  }
}

extension PolicyResult {
  /// Mean / maximum load: means over steps and layers, and vLLM's and SGLang's own aggregates.
  public struct Balancedness: Codable, Equatable, Sendable {
    public var rank: Double?
    public var slot: Double?
    public var expert: Double?
    public var node: Double?
    public var vllm: Double?
    public var sglang: Double?
  }

  /// Maximum / mean rank load (vllm-ascend's PAR), and that minus one (TensorRT-LLM): of the visits that there are, as a
  /// server counts them.
  public struct Imbalance: Codable, Equatable, Sendable {
    public var tensorrtllm: Double?
    public var peakToAverage: Double?
    /// Maximum rank load / tokens · top-k / ranks, the mean if no visit were dropped: what a router's rewrite is held
    /// against, which makes the mean smaller as well. Absent where no visit is dropped, and for counts.
    public var peakToNominal: Double?
  }

  /// How far the most loaded rank was from the least that any placement with these slots could have; see `RankLoadBound`
  /// and `EqualShareBound`.
  public struct Optimality: Codable, Equatable, Sendable {
    /// Tokens, mean over steps and layers.
    public var rankLoadLowerBound: Double
    /// Most loaded rank / lower bound − 1, mean over steps and layers.
    public var gap: Double
    /// Tokens, mean over steps and layers, when an expert's replicas take equal parts.
    public var equalShareLowerBound: Double
    /// As `gap`; below 0 where unequal shares beat what equal ones could.
    public var equalShareGap: Double
  }
}
