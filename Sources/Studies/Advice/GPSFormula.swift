import Foundation

/// The closed model of MoE-GPS (arXiv 2506.07366): one MoE layer's time from the skewness and the prediction's errors.
///
/// Without balancing the hottest rank computes `skewness` times the mean, and receives (N−1)·s/N² of all tokens'
/// activations in the scatter and returns them in the gather. Distribution-only prediction leaves the traffic as it is
/// and evens the experts to 1 + ε of the mean. Token-to-expert prediction sends tokens straight to their ranks, so that
/// the scatter falls away, evens the gather to (N−1)/N², and the experts to 1 + (1 − accuracy); it costs time that grows
/// with the accuracy.
public struct GPSFormula: Codable, Equatable, Sendable {
  /// Load of the most popular expert / mean load.
  public var skewness: Double
  /// ε = |p̂ − p| / (1/E) of the distribution-only prediction.
  public var distributionError: Double
  public var ranks: Int
  /// Microseconds of attention, and of the experts on one rank when ranks are even.
  public var attention: Double
  public var experts: Double
  /// Microseconds in which all tokens' activations would cross one rank's link.
  public var wholeTransfer: Double

  public init(
    skewness: Double, distributionError: Double, ranks: Int, attention: Double, experts: Double, wholeTransfer: Double
  ) {
    self.skewness = skewness
    self.distributionError = distributionError
    self.ranks = ranks
    self.attention = attention
    self.experts = experts
    self.wholeTransfer = wholeTransfer
  }

  /// s / (1 + ε): how much faster the experts are with distribution-only prediction.
  public var expertGain: Double { skewness / (1 + distributionError) }

  /// (N−1)·s/N²: the part of all tokens that the hottest rank exchanges with others.
  public var exchangedPart: Double { Self.exchangedPart(skewness: skewness, ranks: ranks) }

  static func exchangedPart(skewness: Double, ranks: Int) -> Double {
    Double(ranks - 1) * skewness / Double(ranks * ranks)
  }

  /// Microseconds of a layer without balancing.
  public var unbalanced: Double { attention + skewness * experts + 2 * exchangedPart * wholeTransfer }

  public var distributionOnly: Double {
    attention + (1 + distributionError) * experts + 2 * exchangedPart * wholeTransfer
  }

  public func tokenToExpert(accuracy: Double, overhead: PredictorOverhead) -> Double {
    let gather = Self.exchangedPart(skewness: 1, ranks: ranks) * wholeTransfer
    return attention + (2 - accuracy) * experts + gather + overhead.microseconds(accuracy: accuracy)
  }

  /// The least cost of an e-fold fewer errors at which token-to-expert prediction takes `time` or more at every accuracy
  /// in `grid`, microseconds per layer; nil when what is right for free takes less already.
  public func microsecondsPerFold(tokenToExpertTakes time: Double, grid: [Double], freeAccuracy: Double) -> Double? {
    let free = PredictorOverhead(freeAccuracy: freeAccuracy, microsecondsPerFold: 0)
    guard tokenToExpert(accuracy: freeAccuracy, overhead: free) >= time else { return nil }
    return grid.filter { $0 > freeAccuracy }.map { accuracy in
      (time - tokenToExpert(accuracy: accuracy, overhead: free)) / log((1 - freeAccuracy) / (1 - accuracy))
    }.reduce(0, max)
  }

  /// The accuracy in `grid` at which token-to-expert prediction takes least time, and that time.
  public func bestTokenToExpert(grid: [Double], overhead: PredictorOverhead) -> (accuracy: Double, time: Double) {
    grid.map { (accuracy: $0, time: tokenToExpert(accuracy: $0, overhead: overhead)) }
      .min { $0.time < $1.time } ?? (1, .infinity)
  }
}

/// What a token-to-expert predictor costs per layer and step, by its accuracy.
///
/// An assumption, since every predictor family has its own: what a table lookup gets right (`freeAccuracy`, see
/// `LearnedAccuracy`) costs nothing, and every e-fold reduction of the remaining error costs `microsecondsPerFold`. MoE-GPS finds the same shape:
/// cost grows ever faster towards accuracy 1.
public struct PredictorOverhead: Codable, Equatable, Sendable {
  public var freeAccuracy: Double
  public var microsecondsPerFold: Double

  public init(freeAccuracy: Double, microsecondsPerFold: Double) {
    self.freeAccuracy = freeAccuracy
    self.microsecondsPerFold = microsecondsPerFold
  }

  /// - Parameter accuracy: below 1.
  public func microseconds(accuracy: Double) -> Double {
    accuracy <= freeAccuracy ? 0 : microsecondsPerFold * log((1 - freeAccuracy) / (1 - accuracy))
  }
}
