/// What a paper states of its workload, for the closed model in place of what the recording has.
public struct PublishedInputs: Equatable, Sendable {
  /// Max / mean expert load.
  public var skewness: Double?
  /// ε of the distribution-only prediction.
  public var distributionError: Double?

  public init(skewness: Double? = nil, distributionError: Double? = nil) {
    self.skewness = skewness
    self.distributionError = distributionError
  }
}

extension Advice {
  /// The closed model's times of one layer of one step, on this recording's means or a paper's.
  public struct Formula: Codable, Equatable, Sendable {
    public struct Strategy: Codable, Equatable, Sendable {
      /// `none`, `distribution-only` or `token-to-expert`.
      public var name: String
      /// Of a token-to-expert prediction.
      public var accuracy: Double?
      /// Microseconds.
      public var time: Double
      /// 1 − time / time of `none`.
      public var improvement: Double
    }

    /// The predictor's cost from which distribution-only is ahead of token-to-expert at every accuracy by `lead`,
    /// microseconds for each e-fold fewer errors; nil where no cost is enough.
    public struct Lead: Codable, Equatable, Sendable {
      /// MoE-GPS's headline for Mixtral 8x7B on MMLU.
      static let headline = 0.23

      public var lead: Double
      /// Token-to-expert takes `lead` longer.
      public var longer: Double?
      /// Distribution-only takes `lead` less.
      public var shorter: Double?
    }

    public var inputs: GPSFormula
    public var none: Double
    public var distributionOnly: Double
    /// The best of token-to-expert, and its accuracy.
    public var tokenToExpert: Double
    public var accuracy: Double
    /// None, distribution-only, then token-to-expert by ascending accuracy.
    public var strategies: [Strategy]
    public var lead: Lead

    /// - Parameters:
    ///   - accuracies: of token-to-expert predictions, each below 1.
    ///   - overhead: what they cost.
    init(of inputs: GPSFormula, accuracies: [Double], overhead: PredictorOverhead) {
      self.inputs = inputs
      none = inputs.unbalanced
      distributionOnly = inputs.distributionOnly
      (accuracy, tokenToExpert) = inputs.bestTokenToExpert(grid: accuracies, overhead: overhead)
      let times: [(String, Double?, Double)] =
        [("none", nil, none), ("distribution-only", nil, distributionOnly)]
        + accuracies.map { ("token-to-expert", $0, inputs.tokenToExpert(accuracy: $0, overhead: overhead)) }
      let unbalanced = none
      strategies = times.map { name, accuracy, time in
        Strategy(
          name: name, accuracy: accuracy, time: time, improvement: unbalanced > 0 ? 1 - time / unbalanced : 0)
      }
      let lead = Lead.headline
      let time = distributionOnly
      func cost(_ target: Double) -> Double? {
        inputs.microsecondsPerFold(
          tokenToExpertTakes: target, grid: accuracies, freeAccuracy: overhead.freeAccuracy)
      }
      self.lead = Lead(lead: lead, longer: cost(time * (1 + lead)), shorter: cost(time / (1 - lead)))
    }
  }
}
