import PerformanceModel

/// What a replay found; `--format json` prints it as it is.
///
/// Times in microseconds, sizes in bytes, ratios plain. What does not apply is nil and absent from the JSON.
public struct ReplayResult: Codable, Equatable, Sendable {
  public struct Trace: Codable, Equatable, Sendable {
    public var name: String
    public var content: String
    /// `recorded` or `synthetic`, when the trace says so.
    public var origin: String?
    public var steps: Int
    /// Tokens per step, summed over steps.
    public var tokens: Int
    public var layers: Int
    public var experts: Int
    public var topK: Int
    /// SHA-256 of the file as stored.
    public var sha256: String?
  }

  public struct Cluster: Codable, Equatable, Sendable {
    public var name: String
    public var ranks: Int
    public var ranksPerNode: Int
  }

  public struct Model: Codable, Equatable, Sendable {
    public var name: String
  }

  public var trace: Trace
  public var cluster: Cluster
  public var model: Model
  public var allToAll: String
  public var seed: UInt64
  public var baseline: String
  /// The baseline first.
  public var policies: [PolicyResult]
  /// What the reader has to know to judge the figures.
  public var notes: [String]

  /// The same without what is told layer by layer.
  public var withoutLayers: ReplayResult {
    var copy = self
    for index in copy.policies.indices { copy.policies[index].perLayer = nil }
    return copy
  }
}

/// What the replay found of one policy.
public struct PolicyResult: Codable, Equatable, Sendable {
  /// Microseconds, summed over steps and layers.
  public struct Time: Codable, Equatable, Sendable {
    public var dispatch: Double
    /// Absent when the cluster does not describe its GPUs.
    public var experts: Double?
    /// Absent when the model's payload has no combine.
    public var combine: Double?
    public var comm: Double
    /// Dispatch + experts + combine.
    public var moeUpper: Double
    /// The longer of communication and computation in each layer.
    public var moeLower: Double
    /// Moving experts, as far as it was not hidden.
    public var migration: Double?
    /// Predicting, if it costs anything at run time.
    public var prediction: Double?
    /// Layer times at the cluster's overlap, migration and prediction.
    public var total: Double
  }

  /// Microseconds of communication per step.
  public struct StepTime: Codable, Equatable, Sendable {
    public var mean: Double
    public var p50: Double
    public var p95: Double
    public var p99: Double
    public var max: Double
  }

  /// 1 − this policy's time / the baseline's, with 95 % intervals over steps; see `BlockBootstrap`.
  public struct Improvement: Codable, Equatable, Sendable {
    public var comm: Double
    public var commLow: Double?
    public var commHigh: Double?
    public var total: Double
    public var totalLow: Double?
    public var totalHigh: Double?
  }

  /// This policy's time / the time of the same planner, schedule and dispatch with the oracle's prediction, − 1: what
  /// its prediction cost. Below 0 where the oracle's moves cost more than what they gain.
  public struct Regret: Codable, Equatable, Sendable {
    public var comm: Double
    public var total: Double
  }

  /// How far the most loaded rank was from the least that any placement with these slots could have; see `RankLoadBound`
  /// and `EqualShareBound`.
  public struct Optimality: Codable, Equatable, Sendable {
    /// Tokens, mean over steps and layers.
    public var rankLoadLowerBound: Double
    /// Most loaded rank / lower bound − 1, mean over steps and layers.
    public var gap: Double
    /// Tokens, mean over steps and layers, when an expert's replicas take equal parts.
    public var equalShareLowerBound: Double
    /// As `gap`; below 0 where unequal shares beat what equal ones could.
    public var equalShareGap: Double
  }

  /// Communication against what no schedule of the same copies could beat (`AllToAllCost.bound`).
  public struct CommunicationBound: Codable, Equatable, Sendable {
    /// Microseconds, summed over steps and layers.
    public var time: Double
    /// Communication time / the bound; absent when nothing was sent.
    public var ratio: Double?
  }

  /// Fractions of the layers, over all steps, that waited longest for each.
  public struct BoundBy: Codable, Equatable, Sendable {
    public var communication: Double
    /// Expert kernels, more for memory than for arithmetic.
    public var memory: Double
    /// Expert kernels, more for arithmetic than for memory.
    public var math: Double
  }

  /// The experts' kernels of the slowest rank in each layer, against the roofline; see `ExpertCompute.ridgePoint`.
  public struct Roofline: Codable, Equatable, Sendable {
    public struct Layer: Codable, Equatable, Sendable {
      /// Number of the layer in the model.
      public var layer: Int
      /// What most of its steps waited longest for: `communication`, `memory` or `math`.
      public var boundBy: String
      /// Operations per byte over all steps, padding counted.
      public var intensity: Double
    }

    /// Operations per byte above which the kernels are bound by arithmetic.
    public var ridgePoint: Double
    /// Operations per byte over all layers and steps, padding counted.
    public var intensity: Double
    public var layers: [Layer]
  }

  /// MoE-GPS's distribution error ε of what the predictor expected of each interval, averaged over intervals.
  public struct Prediction: Codable, Equatable, Sendable {
    /// Over layers.
    public var errorMean: Double
    /// Of the worst layer.
    public var errorMax: Double
    /// The part of visits that were foreseen on their expert; absent for a predictor of loads alone.
    public var accuracy: Double?
  }

  /// Mean / maximum load: means over steps and layers, and vLLM's and SGLang's own aggregates.
  public struct Balancedness: Codable, Equatable, Sendable {
    public var rank: Double?
    public var slot: Double?
    public var expert: Double?
    public var node: Double?
    public var vllm: Double?
    public var sglang: Double?
  }

  /// Maximum / mean rank load (vllm-ascend's PAR), and that minus one (TensorRT-LLM).
  public struct Imbalance: Codable, Equatable, Sendable {
    public var tensorrtllm: Double?
    public var peakToAverage: Double?
  }

  /// Dispatch; combine returns the same copies.
  public struct Traffic: Codable, Equatable, Sendable {
    public var scaleUpBytes: Double
    public var scaleOutBytes: Double
    /// Distinct ranks that a token visits in a layer, its own included.
    public var copiesPerToken: Double?
    /// Distinct nodes that a token visits in a layer, its own included.
    public var nodesPerToken: Double?
    /// Distinct nodes that one token visits in a layer, at most; absent when the trace holds counts.
    public var mostNodesPerToken: Int?
    /// What the model's router allows, when it limits a token to some groups of experts and each lies within one node.
    public var nodesPerTokenLimit: Int?
  }

  /// One layer over all steps.
  public struct Layer: Codable, Equatable, Sendable {
    /// Number of the layer in the model.
    public var layer: Int
    /// Microseconds.
    public var comm: Double
    /// Microseconds; absent when the cluster does not describe its GPUs.
    public var experts: Double?
    /// Mean / maximum rank load, mean over steps.
    public var balancedness: Double?
    /// Most loaded rank / lower bound − 1, mean over steps.
    public var gap: Double?
    /// `[ranks]` tokens, summed over steps.
    public var rankTokens: [Double]
  }

  public struct Rebalances: Codable, Equatable, Sendable {
    public var count: Int
    /// Experts fetched by a rank that did not hold them.
    public var movedExperts: Int
    public var movedBytes: Double
    /// Plans that were not worth moving to.
    public var skipped: Int
  }

  public struct Memory: Codable, Equatable, Sendable {
    /// In the layer that has most.
    public var slotsPerRank: Int
    /// `[layers]`, absent when all layers have the same.
    public var slotsPerRankByLayer: [Int]?
    /// Weights of the slots beyond one per expert, over all layers.
    public var replicaBytesPerRank: Double
    /// Room for the experts that arrive while the old ones serve; absent when the model waits for the moves.
    public var arrivalBytesPerRank: Double?
    /// Slots of the last placement, over all layers, whose rank holds their expert already.
    public var wastedSlots: Int
  }

  public var name: String
  /// False for a yardstick that looks at steps that are not over.
  public var causal: Bool
  public var time: Time
  public var commPerStep: StepTime?
  public var commBound: CommunicationBound
  public var boundBy: BoundBy?
  public var roofline: Roofline?
  /// Absent unless the replay was told the context, or when the steps are not all decode or all prefill.
  public var serving: ServingEstimate?
  public var improvement: Improvement
  /// Absent unless asked for, and for policies that predict nothing or look ahead.
  public var regret: Regret?
  public var balancedness: Balancedness
  public var imbalance: Imbalance
  public var optimality: Optimality?
  public var prediction: Prediction?
  /// Absent from reports unless asked for.
  public var perLayer: [Layer]?
  public var traffic: Traffic
  public var rebalances: Rebalances
  public var memory: Memory
}
