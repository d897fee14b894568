import LoadBalancing
import PerformanceModel
import Replay

extension Screening {
  /// The strategy chosen on the first half, as the half that was held back scores it.
  public struct Choice: Codable, Equatable, Sendable {
    /// A policy and its changes, as `--policy` takes it.
    public var policy: String
    public var slotsPerRank: Int
    public var redundantSlotsPerRank: Int
    public var window: Int
    /// Steps between plans.
    public var interval: Int
    /// What the first half promised: its steady gain of total time.
    public var promised: Double
    /// Absent where the held-back half has no steady state.
    public var steady: PolicyResult.Steady?
    public var improvement: PolicyResult.Improvement
    public var perStep: PerStep?
    public var breakEven: BreakEven?
    public var memory: Memory
    /// Of the placement in force at the end of the half that was held back.
    public var resilience: Resilience?
    public var decides: Decision?
    /// What the baseline's layers wait for.
    public var boundBy: PolicyResult.BoundBy?
    public var rebalances: PolicyResult.Rebalances
  }

  /// What a step saves in the steady state, over all MoE layers of the model; those that the trace lacks are taken to be
  /// like the others.
  public struct PerStep: Codable, Equatable, Sendable {
    /// Microseconds; moves and predictions that steps wait for are counted.
    public var saved: Double
    public var savedLow: Double?
    public var savedHigh: Double?
    /// Absent without a context.
    public var serving: Serving?
  }

  /// Throughput end to end.
  public struct Serving: Codable, Equatable, Sendable {
    public var tokensPerSecondBefore: Double
    public var tokensPerSecond: Double
    public var tokensPerSecondLow: Double?
    public var tokensPerSecondHigh: Double?
  }

  /// When the strategy has paid for itself.
  public struct BreakEven: Codable, Equatable, Sendable {
    public var isReached: Bool
    /// Absent for never, as is `seconds`.
    public var steps: Int?
    /// Of all MoE layers of the model, and with a context of attention and dense layers.
    public var seconds: Double?
    /// Whether that is later than the held-back half ends.
    public var extrapolated: Bool?
  }

  /// What the strategy takes of a rank's memory, in all MoE layers of the model.
  public struct Memory: Codable, Equatable, Sendable {
    public var replicaBytesPerRank: Double
    /// Room for experts that arrive while the old ones serve.
    public var arrivalBytesPerRank: Double?
    /// Tokens whose keys and values would fit in the room of the replicas; absent where the model's attention is not
    /// known.
    public var keyValueTokensPerRank: Double?
  }

  /// What the gain is made of: parts of the baseline's steady time, below 0 where the strategy takes longer.
  public struct Decision: Codable, Equatable, Sendable {
    /// The largest of them: `communication`, `memory`, `arithmetic` or `moves`.
    public var by: String
    public var communication: Double
    /// Expert kernels that take longer for memory than for arithmetic.
    public var memory: Double
    public var arithmetic: Double
    /// Moves that steps wait for.
    public var moves: Double
  }
}

extension Screening.Decision {
  /// Nil where the baseline takes no time.
  init?(_ series: SteadySeries) {
    let (after, before) = series.priced
    guard before.total > 0 else { return nil }
    func part(_ value: (PricedSteps) -> Double) -> Double { (value(before) - value(after)) / before.total }
    communication = part { $0.communication.whole }
    memory = part { $0.memory.whole }
    arithmetic = part { $0.arithmetic.whole }
    moves = part(\.moves)
    let parts = [
      ("communication", communication), ("memory", memory), ("arithmetic", arithmetic), ("moves", moves),
    ]
    by = parts.max { abs($0.1) < abs($1.1) }?.0 ?? ""
  }
}

extension Screening.BreakEven {
  /// - Parameters:
  ///   - scale: MoE layers of the model for each that was replayed.
  ///   - besides: microseconds of a step outside its MoE layers.
  init(_ breakEven: PolicyResult.BreakEven, scale: Double, besides: Double) {
    isReached = breakEven.isReached
    steps = breakEven.steps
    extrapolated = breakEven.extrapolated
    seconds = breakEven.seconds.map { $0 * scale + Double(breakEven.steps ?? 0) * besides / 1e6 }
  }
}

extension Screening.Memory {
  /// - Parameter attentionRanks: ranks that share a token's attention.
  init(_ memory: PolicyResult.Memory, model: ModelShape, attentionRanks: Int) {
    replicaBytesPerRank = memory.replicaBytesPerRank
    arrivalBytesPerRank = memory.arrivalBytesPerRank
    keyValueTokensPerRank = model.attention.map {
      memory.replicaBytesPerRank / (Double(model.layers) * $0.part(ofRanks: attentionRanks).keptValues * 2)
    }
  }
}

extension Screening.PerStep {
  /// - Parameters:
  ///   - serving: of the baseline; nil without a context.
  ///   - tokens: of a step, mean.
  ///   - scale: MoE layers of the model for each that was replayed.
  init(
    _ steady: PolicyResult.Steady, over before: Double, serving estimate: ServingEstimate?, tokens: Double,
    scale: Double
  ) {
    let step = before * scale
    saved = steady.total * step
    savedLow = steady.totalLow.map { $0 * step }
    savedHigh = steady.totalHigh.map { $0 * step }
    serving = estimate.map { estimate in
      func rate(_ saved: Double) -> Double { tokens / (estimate.stepTime - saved) * 1e6 }
      return Screening.Serving(
        tokensPerSecondBefore: estimate.tokensPerSecond, tokensPerSecond: rate(saved),
        tokensPerSecondLow: savedLow.map(rate), tokensPerSecondHigh: savedHigh.map(rate))
    }
  }
}
