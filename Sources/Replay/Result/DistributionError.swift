import LoadBalancing

/// How far predicted distributions were from what came: MoE-GPS's ε = |p̂ − p| / (1/E), averaged over experts.
///
/// Each prediction is held against the steps up to the next one.
struct DistributionError {
  private var predicted: ExpertLoad?
  private var actual: ExpertLoad
  /// `[layers]` sums of ε over predictions.
  private var sums: [Double]
  private var predictions = 0

  init(layers: Int, experts: Int) {
    actual = ExpertLoad(zeroFor: layers, experts: experts)
    sums = Array(repeating: 0, count: layers)
  }

  /// Closes the books on the last prediction and opens them for `load`.
  mutating func predict(_ load: ExpertLoad?) {
    if let predicted { compare(predicted) }
    predicted = load
    actual = ExpertLoad(zeroFor: actual.layers, experts: actual.experts)
  }

  mutating func observe(_ load: ExpertLoad) {
    if predicted != nil { actual += load }
  }

  private mutating func compare(_ predicted: ExpertLoad) {
    guard actual.values.contains(where: { $0 > 0 }) else { return }
    for layer in 0..<actual.layers {
      let expected = predicted[layer].reduce(0, +)
      let found = actual[layer].reduce(0, +)
      guard expected > 0, found > 0 else { continue }
      sums[layer] += zip(predicted[layer], actual[layer]).reduce(0) { $0 + abs($1.0 / expected - $1.1 / found) }
    }
    predictions += 1
  }

  /// Mean over predictions and layers, and of the worst layer; nil without a prediction that steps followed.
  var result: PolicyResult.Prediction? {
    guard predictions > 0, let worst = sums.max() else { return nil }
    let count = Double(predictions)
    return .init(
      errorMean: sums.reduce(0, +) / Double(sums.count) / count, errorMax: worst / count)
  }
}

extension PolicyResult {
  /// MoE-GPS's distribution error ε of what the predictor expected of each interval, averaged over intervals.
  public struct Prediction: Codable, Equatable, Sendable {
    /// Over layers.
    public var errorMean: Double
    /// Of the worst layer.
    public var errorMax: Double
    /// The part of visits that were foreseen on their expert; absent for a predictor of loads alone.
    public var accuracy: Double?
  }
}
