/// The time of one layer's attention on a rank: a roofline of its projections, its scores, and the keys and values that
/// it keeps.
///
///     T = launch + smooth maximum of
///         (parameters · bytes + tokens · read · kept) / memory rate
///         tokens · (2 · parameters + context · score operations) / math rate
///
/// Attention runs data-parallel, each rank on its own tokens with its own copy of the weights. Weights outside the
/// experts are fp8 when the experts' are, else bf16; kept keys and values are bf16. A decoded token reads the whole of its
/// own context, prefill reads and writes its tokens' values once. Without a context, scores and the values of the past are
/// left out, and the time is a lower bound.
public struct AttentionModel: Sendable {
  let shape: AttentionShape
  let parameters: Double
  /// Of the weights outside the experts.
  let type: DataType
  private let gpu: GPU
  private let context: Double

  /// - Parameters:
  ///   - model: one that does not describe its attention has four projections of hidden × hidden.
  ///   - context: tokens that a token attends to, on average; nil when that is not known.
  public init(gpu: GPU, model: ModelShape, context: Int?) {
    shape = model.attention ?? AttentionShape(heads: 1, headSize: model.hidden)
    parameters = shape.parameters(hidden: model.hidden)
    type = model.weightsOutsideExperts
    self.gpu = gpu
    self.context = Double(context ?? 0)
  }

  /// Microseconds of one layer on a rank with these tokens.
  public func time(tokens: Double, isDecode: Bool) -> Double {
    guard tokens > 0 else { return 0 }
    let kept = 2 * shape.keptValues
    let cache = tokens * (isDecode ? context : 1) * kept
    return time(
      bytes: parameters * type.bytes + cache, flops: tokens * flopsPerToken(isDecode: isDecode), isDecode: isDecode)
  }

  /// Operations of one token in one layer.
  func flopsPerToken(isDecode: Bool) -> Double { 2 * parameters + context * shape.scoreFlops(isDecode: isDecode) }

  /// Microseconds of kernels that move and compute this much in the weights' type.
  func time(bytes: Double, flops: Double, isDecode: Bool) -> Double {
    let memory = bytes / (gpu.hbm * gpu.hbmEfficiency)
    let math = flops / (gpu.peakRate(for: type) * gpu.mathEfficiency)
    return (isDecode ? gpu.decodeLaunch : gpu.launch)
      + Roofline.smoothMaximum(memory, math, exponent: gpu.smoothness)
  }
}
