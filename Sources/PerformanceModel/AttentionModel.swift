/// The time of one layer's attention on a rank: a roofline of its projections, its scores, and the keys and values that
/// it keeps.
///
///     T = launch + smooth maximum of
///         (parameters · bytes + tokens · read · kept) / memory rate
///         tokens · (2 · parameters + context · score operations) / math rate
///
/// Attention runs data-parallel, each rank on its own tokens with its own copy of the weights. Or groups of ranks share
/// it (tensor-parallel): each rank then has its part of the heads, see `AttentionShape.part(ofRanks:)`, and works on the
/// tokens of its whole group; adding up the ranks' outputs is not counted. Weights outside the
/// experts are fp8 when the experts' are, else bf16; kept keys and values are bf16. A decoded token reads the whole of its
/// own context, prefill reads and writes its tokens' values once. Without a context, scores and the values of the past are
/// left out, and the time is a lower bound.
public struct AttentionModel: Sendable {
  /// Of all heads.
  private let whole: Part
  /// Of the heads of one rank.
  let part: Part
  /// Ranks that share a token's attention.
  let ranks: Int
  /// Of the weights outside the experts.
  let type: DataType
  private let gpu: GPU
  private let context: Double

  /// Some heads, and the parameters of their projections.
  struct Part: Sendable {
    let shape: AttentionShape
    let parameters: Double
  }

  /// - Parameters:
  ///   - model: one that does not describe its attention has four projections of hidden × hidden.
  ///   - context: tokens that a token attends to, on average; nil when that is not known.
  ///   - ranks: that share a token's attention, 1 or more; 1 is data-parallel.
  public init(gpu: GPU, model: ModelShape, context: Int?, sharedBy ranks: Int = 1) {
    precondition(ranks >= 1)
    let heads = model.attention ?? AttentionShape(heads: 1, headSize: model.hidden)
    func part(_ shape: AttentionShape) -> Part {
      Part(shape: shape, parameters: shape.parameters(hidden: model.hidden))
    }
    whole = part(heads)
    self.part = part(heads.part(ofRanks: ranks))
    self.ranks = ranks
    type = model.weightsOutsideExperts
    self.gpu = gpu
    self.context = Double(context ?? 0)
  }

  /// Microseconds of one layer on a rank.
  ///
  /// - Parameter tokens: of the group that shares attention, over its ranks.
  public func time(tokens: Double, isDecode: Bool) -> Double {
    guard tokens > 0 else { return 0 }
    let tokens = tokens * Double(ranks)
    let cache = tokens * (isDecode ? context : 1) * 2 * part.shape.keptValues
    return time(
      bytes: part.parameters * type.bytes + cache, flops: tokens * flopsPerToken(of: part, isDecode: isDecode),
      isDecode: isDecode)
  }

  /// Operations of one token in one layer, on all ranks that share it.
  func flopsPerToken(isDecode: Bool) -> Double { flopsPerToken(of: whole, isDecode: isDecode) }

  private func flopsPerToken(of part: Part, isDecode: Bool) -> Double {
    2 * part.parameters + context * part.shape.scoreFlops(isDecode: isDecode)
  }

  /// Microseconds of kernels that move and compute this much in the weights' type.
  func time(bytes: Double, flops: Double, isDecode: Bool) -> Double {
    let memory = bytes / (gpu.hbm * gpu.hbmEfficiency)
    let math = flops / (gpu.peakRate(for: type) * gpu.mathEfficiency)
    return (isDecode ? gpu.decodeLaunch : gpu.launch)
      + Roofline.smoothMaximum(memory, math, exponent: gpu.smoothness)
  }
}
