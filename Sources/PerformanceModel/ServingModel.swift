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

  /// - Parameters:
  ///   - steps: steps summed up.
  ///   - tokens: tokens of all steps.
  ///   - moeTime: microseconds of all MoE layers that were replayed, over all steps.
  ///   - twoBatchTime: the same with their attention, as two half batches in turn; see `LayerTime.twoBatchTotal`.
  ///   - touchedExperts: expert weights read, summed over steps, layers and ranks.
  ///   - replayedLayers: MoE layers replayed; the model's others are taken to be like them.
  public func estimate(
    steps: Int, tokens: Double, moeTime: Double, twoBatchTime: Double, touchedExperts: Double, replayedLayers: Int,
    isDecode: Bool
  ) -> ServingEstimate? {
    guard steps > 0, tokens > 0, replayedLayers > 0 else { return nil }
    let scale = Double(model.moeLayers) / Double(replayedLayers) / Double(steps)
    let tokensPerStep = tokens / Double(steps)
    let tokensPerRank = tokensPerStep / ranks
    let layerAttention = attentionTime(tokens: tokensPerRank, isDecode: isDecode)
    let attentionTime = Double(model.layers) * layerAttention
    let denseTime = denseLayers * denseTime(tokens: tokensPerRank, isDecode: isDecode)
    let stepTime = moeTime * scale + attentionTime + denseTime
    let twoBatchStepTime = twoBatchTime * scale + denseLayers * layerAttention + denseTime

    // A rank reads its part of the values that all tokens of its group have kept.
    let cache = tokensPerStep * attentionRanks * context * 2 * attention.part.shape.keptValues * Double(model.layers)
    let fixedWeights =
      attention.part.parameters * Double(model.layers) + denseParameters / attentionRanks * denseLayers
    let bytes = ranks * fixedWeights * attention.type.bytes + touchedExperts * scale * model.expertBytes + cache
    let flopRate = gpu.peakRate(for: model.weights) * ranks
    return ServingEstimate(
      stepTime: stepTime, attentionTime: attentionTime, denseTime: denseTime,
      tokensPerSecond: tokensPerStep / stepTime * 1e6, timePerOutputToken: isDecode ? stepTime : nil,
      twoBatch: .init(stepTime: twoBatchStepTime, tokensPerSecond: tokensPerStep / twoBatchStepTime * 1e6),
      memoryUtilisation: isDecode ? bytes / (stepTime * gpu.hbm * ranks) : nil,
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
