import PerformanceModel

/// The time of a layer's attention, so that gains can be told end to end: a roofline of its four projections.
///
///     max(8 · hidden² · tokens / math rate, 4 · hidden² · bytes / memory rate)
///
/// Tokens of one rank (attention is data-parallel). Reading the KV cache is left out, since a trace does not hold the
/// length of its contexts: the time is a lower bound, and gains end to end an upper one.
struct AttentionTime {
  private let microsecondsPerToken: Double
  private let floor: Double

  init(gpu: GPU, model: ModelShape) {
    let hidden = Double(model.hidden)
    microsecondsPerToken = 8 * hidden * hidden / (gpu.peakRate(for: model.weights) * gpu.mathEfficiency)
    floor = 4 * hidden * hidden * model.weights.bytes / (gpu.hbm * gpu.hbmEfficiency)
  }

  /// Microseconds of one layer and step.
  func microseconds(tokensPerRank: Double) -> Double { max(microsecondsPerToken * tokensPerRank, floor) }
}
