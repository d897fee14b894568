import Replay

/// What `screen` found: whether a strategy is worth switching on for a recording on a machine, which, and why.
///
/// Times in microseconds unless said otherwise, sizes in bytes, ratios plain. What does not apply is nil and absent from
/// the JSON.
public struct Screening: Codable, Equatable, Sendable {
  public var trace: ReplayResult.Trace
  public var cluster: ReplayResult.Cluster
  public var model: ReplayResult.Model
  /// The serving system that has to express the strategy; see `ServingTarget`.
  public var target: String
  public var baseline: String
  /// Seconds within which a strategy has to pay for itself.
  public var horizon: Double
  /// Most bytes of replicas on a rank; nil for what the GPU has.
  public var memoryBudget: Double?
  public var verdict: Verdict
  public var finding: Finding
  public var evidence: Sufficiency
  /// Steps that strategies are chosen on, and those held back to score the one chosen, as `--steps` takes them; nil for
  /// fewer than two steps.
  public var halves: Halves?
  /// The strategy that was the best on the first half; nil where none can be ranked.
  public var choice: Choice?
  public var hotExperts: HotExperts
  public var ridge: Ridge?
  /// Nearest first.
  public var flips: [Flip]
  /// What the choice gains at other batches and skews.
  public var trials: [Trial]
  /// Every strategy tried, by its gain on the first half; those that are not ranked last.
  public var strategies: [Strategy]
  /// vllm-ascend's verdict on each layer; nil unless asked for.
  public var ascend: Ascend?
  /// What redundant slots buy against failed ranks, by slots; nil unless asked for.
  public var safety: [Safety]?
  /// What the reader has to know to judge the figures.
  public var notes: [String]

  public struct Halves: Codable, Equatable, Sendable {
    public var chosenOn: String
    public var heldBack: String
    public var chosenSteps: Int
    public var heldBackSteps: Int
  }

  /// A strategy as it was tried on the first half, and where it was scored on the second.
  public struct Strategy: Codable, Equatable, Sendable {
    /// A policy and its changes, as `--policy` takes it.
    public var policy: String
    public var redundantSlotsPerRank: Int
    public var movedExperts: Int
    /// Steady gain of total time on the first half; nil for what did not act, or not for two whole intervals.
    public var gain: Double?
    /// The same on the half that was held back, where it was replayed on it.
    public var heldBack: Double?
    /// Bytes of replicas on a rank, over all MoE layers of the model.
    public var replicaBytesPerRank: Double
  }
}
