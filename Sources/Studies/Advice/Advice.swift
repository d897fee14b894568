/// Which prediction strategy pays off on a recording and a machine: what `advise` found.
///
/// Times in microseconds, summed over steps and layers.
public struct Advice: Codable, Equatable, Sendable {
  public struct Strategy: Codable, Equatable, Sendable {
    /// `none`, `distribution-only` or `token-to-expert`.
    public var name: String
    /// Of a token-to-expert prediction.
    public var accuracy: Double?
    public var attention: Double
    public var comm: Double
    public var experts: Double?
    public var prediction: Double
    public var total: Double
    /// 1 − total / total of `none`.
    public var improvement: Double
  }

  /// The closed model's times of one layer of one step, on this recording's means.
  public struct Formula: Codable, Equatable, Sendable {
    public var inputs: GPSFormula
    public var none: Double
    public var distributionOnly: Double
    public var tokenToExpert: Double
    public var accuracy: Double
  }

  /// Everything at one batch size and one speed of the links.
  public struct Sweep: Codable, Equatable, Sendable {
    /// Steps of the trace that were merged into one.
    public var batchSize: Int
    /// Mean over steps.
    public var tokensPerStep: Double
    /// Measured ε of the distribution-only prediction at this batch size, nil if the steps ended before it was tried.
    public var distributionError: Double?
    /// The cluster's bandwidths times this.
    public var linkSpeed: Double
    /// None first, distribution-only second, then token-to-expert by ascending accuracy.
    public var strategies: [Strategy]
    public var best: String
    /// How much less time the best takes than the best of the next strategy.
    public var margin: Double
    public var formula: Formula?
  }

  public var trace: String
  public var cluster: String
  public var model: String
  /// Max / mean expert load, mean over layers, of the whole recording.
  public var skewness: Double
  /// The first sweep's.
  public var distributionError: Double?
  /// Measured on the second half of the steps; nil for counts.
  public var learned: LearnedAccuracy?
  public var overhead: PredictorOverhead
  public var sweeps: [Sweep]
  /// What the reader has to know to judge the figures.
  public var notes: [String]
}
