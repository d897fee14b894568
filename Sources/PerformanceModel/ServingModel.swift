import Diagnostics

/// End-to-end estimates around the MoE layers: attention and dense layers by roofline, step time, throughput, and the
/// utilisations of MoE-CAP (arXiv 2412.07067).
///
/// Dense layers run data-parallel as attention does, or are cut over the ranks that share it; see `AttentionModel`. Embeddings, the output head and sampling are not
/// counted.
public struct ServingModel: Sendable {
  /// Tokens that a token may attend to.
  public static let maximumContext = 100_000_000

  private let gpu: GPU
  private let model: ModelShape
  private let attention: AttentionModel
  private let ranks: Double
  /// Tokens that a token attends to, on average.
  public let context: Double

  /// - Parameters:
  ///   - context: tokens that a token attends to, on average.
  ///   - attentionRanks: ranks that share a token's attention, 1 or more.
  /// - Throws: `InputError` (usage) when the files do not describe the GPU, the attention or the dense layers.
  public init(cluster: Cluster, model: ModelShape, context: Int, attentionRanks: Int = 1) throws(InputError) {
    guard let gpu = cluster.gpu else {
      throw InputError("end-to-end figures need gpu", in: "cluster \(cluster.name)", status: .usage)
    }
    guard model.attention != nil else {
      throw InputError("end-to-end figures need attention", in: "model \(model.name)", status: .usage)
    }
    guard model.layers == model.moeLayers || model.denseIntermediate != nil else {
      throw InputError("end-to-end figures need denseIntermediate", in: "model \(model.name)", status: .usage)
    }
    self.gpu = gpu
    self.model = model
    attention = AttentionModel(gpu: gpu, model: model, context: context, sharedBy: attentionRanks)
    ranks = Double(cluster.ranks)
    self.context = Double(context)
  }

  private var denseLayers: Double { Double(model.layers - model.moeLayers) }
  private var denseParameters: Double { 3 * Double(model.hidden) * Double(model.denseIntermediate ?? 0) }
  private var attentionRanks: Double { Double(attention.ranks) }

  /// Microseconds of one layer's attention on a rank.
  ///
  /// - Parameter tokens: of the group that shares attention, over its ranks.
  public func attentionTime(tokens: Double, isDecode: Bool) -> Double {
    attention.time(tokens: tokens, isDecode: isDecode)
  }

  /// Microseconds of one dense layer's feed-forward part on a rank; `tokens` as above.
  public func denseTime(tokens: Double, isDecode: Bool) -> Double {
    guard tokens > 0, denseParameters > 0 else { return 0 }
    return attention.time(
      bytes: denseParameters / attentionRanks * attention.type.bytes, flops: tokens * 2 * denseParameters,
      isDecode: isDecode)
  }

  /// Steps on the same ranks.
  public struct Stretch: Sendable {
    public var steps: Int
    /// Of all its steps.
    public var tokens: Double
    /// Microseconds of all MoE layers that were replayed, over all its steps.
    public var moeTime: Double
    /// That there were; the cluster's when nil.
    public var ranks: Int?

    public init(steps: Int, tokens: Double, moeTime: Double, ranks: Int? = nil) {
      (self.steps, self.tokens, self.moeTime, self.ranks) = (steps, tokens, moeTime, ranks)
    }
  }

  /// All steps on the cluster's ranks; parameters as `Stretch` and `estimate(of:)` have them.
  public func estimate(
    steps: Int, tokens: Double, moeTime: Double, twoBatchTime: Double, touchedExperts: Double, replayedLayers: Int,
    isDecode: Bool
  ) -> ServingEstimate? {
    estimate(
      of: [Stretch(steps: steps, tokens: tokens, moeTime: moeTime)], twoBatchTime: twoBatchTime,
      touchedExperts: touchedExperts, replayedLayers: replayedLayers, isDecode: isDecode)
  }

  /// - Parameters:
  ///   - stretches: what is summed up.
  ///   - twoBatchTime: microseconds of all MoE layers that were replayed with their attention, as two half batches in
  ///     turn, over all steps; see `LayerTime.twoBatchTotal`.
  ///   - touchedExperts: expert weights read, summed over steps, layers and ranks.
  ///   - replayedLayers: MoE layers replayed; the model's others are taken to be like them.
  /// - Returns: nil without a step, a token or a layer.
  public func estimate(
    of stretches: [Stretch], twoBatchTime: Double, touchedExperts: Double, replayedLayers: Int, isDecode: Bool
  ) -> ServingEstimate? {
    let stretches = stretches.filter { $0.steps > 0 }
    let steps = stretches.reduce(0) { $0 + $1.steps }
    let tokens = stretches.reduce(0) { $0 + $1.tokens }
    guard steps > 0, tokens > 0, replayedLayers > 0 else { return nil }
    /// Over steps.
    func mean(_ value: (Stretch) -> Double) -> Double {
      stretches.reduce(0) { $0 + Double($1.steps) / Double(steps) * value($1) }
    }
    func ranks(_ stretch: Stretch) -> Double { stretch.ranks.map(Double.init) ?? self.ranks }
    func tokensPerRank(_ stretch: Stretch) -> Double { stretch.tokens / Double(stretch.steps) / ranks(stretch) }
    func attention(_ stretch: Stretch) -> Double {
      self.attentionTime(tokens: tokensPerRank(stretch), isDecode: isDecode)
    }
    func dense(_ stretch: Stretch) -> Double {
      denseLayers * self.denseTime(tokens: tokensPerRank(stretch), isDecode: isDecode)
    }
    let scale = Double(model.moeLayers) / Double(replayedLayers) / Double(steps)
    let tokensPerStep = tokens / Double(steps)
    let layerAttention = mean(attention)
    let attentionTime = Double(model.layers) * layerAttention
    let denseTime = mean(dense)
    let stepTime = stretches.reduce(0) { $0 + $1.moeTime } * scale + attentionTime + denseTime
    let areAlike = stretches.allSatisfy { ranks($0) == ranks(stretches[0]) }
    // Of their bandwidth and arithmetic there is as much as there are ranks, mean over time.
    let present =
      areAlike
      ? ranks(stretches[0])
      : mean { stretch in
        let moe = stretch.moeTime * scale * Double(steps) / Double(stretch.steps)
        return ranks(stretch) * (moe + Double(model.layers) * attention(stretch) + dense(stretch))
      } / stepTime
    let twoBatchStepTime = twoBatchTime * scale + denseLayers * layerAttention + denseTime

    // A rank reads its part of the values that all tokens of its group have kept.
    let cache =
      tokensPerStep * attentionRanks * context * 2 * self.attention.part.shape.keptValues
      * Double(model.layers)
    let fixedWeights =
      self.attention.part.parameters * Double(model.layers) + denseParameters / attentionRanks * denseLayers
    let bytes =
      mean(ranks) * fixedWeights * self.attention.type.bytes + touchedExperts * scale * model.expertBytes + cache
    let flopRate = gpu.peakRate(for: model.weights) * present
    return ServingEstimate(
      stepTime: stepTime, attentionTime: attentionTime, denseTime: denseTime,
      tokensPerSecond: tokensPerStep / stepTime * 1e6, timePerOutputToken: isDecode ? stepTime : nil,
      twoBatch: .init(stepTime: twoBatchStepTime, tokensPerSecond: tokensPerStep / twoBatchStepTime * 1e6),
      memoryUtilisation: isDecode ? bytes / (stepTime * gpu.hbm * present) : nil,
      flopUtilisation: tokensPerStep * flopsPerToken(isDecode: isDecode) / (stepTime * flopRate))
  }

  /// Operations of one token through all layers: attention, router, top-k and shared experts, dense layers.
  public func flopsPerToken(isDecode: Bool) -> Double {
    let router = 2 * Double(model.hidden * model.experts)
    let experts = 2 * Double(model.topK + model.sharedExperts) * model.expertParameters
    return Double(model.layers) * attention.flopsPerToken(isDecode: isDecode) + Double(model.moeLayers)
      * (router + experts)
      + denseLayers * 2 * denseParameters
  }
}

/// An end-to-end estimate; microseconds, means over steps.
public struct ServingEstimate: Codable, Equatable, Sendable {
  /// The same step as two half batches in turn, one in attention while the other is in its MoE part.
  public struct TwoBatch: Codable, Equatable, Sendable {
    /// Microseconds; in decode also the time per output token.
    public var stepTime: Double
    public var tokensPerSecond: Double
  }

  public var stepTime: Double
  /// Attention of all layers, within `stepTime`.
  public var attentionTime: Double
  /// Dense layers, within `stepTime`.
  public var denseTime: Double
  public var tokensPerSecond: Double
  /// TPOT; decode only.
  public var timePerOutputToken: Double?
  public var twoBatch: TwoBatch
  /// S-MBU of MoE-CAP; decode only.
  public var memoryUtilisation: Double?
  /// S-MFU of MoE-CAP.
  public var flopUtilisation: Double
}
