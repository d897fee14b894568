import Replay

/// Which prediction strategy pays off on a recording and a machine: what `advise` found.
///
/// Times in microseconds, summed over steps and layers.
public struct Advice: Codable, Equatable, Sendable {
  public struct Strategy: Codable, Equatable, Sendable {
    /// `none`, `distribution-only` or `token-to-expert`.
    public var name: String
    /// Of a token-to-expert prediction.
    public var accuracy: Double?
    public var redundantSlotsPerRank: Int
    /// Steps between plans; nil when nothing is planned.
    public var interval: Int?
    public var attention: Double
    public var comm: Double
    public var experts: Double?
    /// Moves that the steps did not hide.
    public var migration: Double
    public var prediction: Double
    public var total: Double
    /// 1 − total / total of `none`.
    public var improvement: Double
    public var rebalances: Int
    public var movedExperts: Int

    /// Whether it did anything: a distribution-only prediction that moved nothing is `none` under another name.
    public var hasActed: Bool { name != "distribution-only" || movedExperts > 0 }
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
    /// None first, then distribution-only, then token-to-expert by ascending accuracy; each without redundant slots first,
    /// and planning for every step last.
    public var strategies: [Strategy]
    /// The strategy of least total time among those that acted; `none` when there is no verdict.
    public var best: String
    /// How much less time the best takes than the best of the next strategy.
    public var margin: Double
    /// False when the steps ended before the first plan of distribution-only: strategies that ran are not held against
    /// one that did not.
    public var hasVerdict: Bool
    public var formula: Formula?

    init(judging strategies: [Strategy], of result: ReplayResult, batchSize: Int, linkSpeed: Double) {
      let byTime = strategies.filter(\.hasActed).sorted { $0.total < $1.total }
      let next = byTime.first { $0.name != byTime[0].name }
      let hasVerdict = strategies.contains { $0.name == "distribution-only" && $0.rebalances > 0 }
      self.hasVerdict = hasVerdict
      best = hasVerdict ? byTime[0].name : "none"
      margin = next.map { hasVerdict && $0.total > 0 ? 1 - byTime[0].total / $0.total : 0 } ?? 0
      self.batchSize = batchSize
      tokensPerStep = Double(result.trace.tokens) / Double(max(1, result.trace.steps))
      distributionError =
        zip(strategies, result.policies)
        .first { $0.0.name == "distribution-only" }?.1.prediction?.errorMean
      self.linkSpeed = linkSpeed
      self.strategies = strategies
    }
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
