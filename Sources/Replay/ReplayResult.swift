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
    /// Layer times at the cluster's overlap, and migration.
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

  /// 1 − this policy's time / the baseline's.
  public struct Improvement: Codable, Equatable, Sendable {
    public var comm: Double
    public var total: Double
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
  }

  public struct Rebalances: Codable, Equatable, Sendable {
    public var count: Int
    /// Experts fetched by a rank that did not hold them.
    public var movedExperts: Int
    public var movedBytes: Double
  }

  public struct Memory: Codable, Equatable, Sendable {
    public var slotsPerRank: Int
    /// Weights of the slots beyond one per expert, over all layers.
    public var replicaBytesPerRank: Double
  }

  public var name: String
  /// False for a yardstick that looks at steps that are not over.
  public var causal: Bool
  public var time: Time
  public var commPerStep: StepTime?
  public var improvement: Improvement
  public var balancedness: Balancedness
  public var imbalance: Imbalance
  public var traffic: Traffic
  public var rebalances: Rebalances
  public var memory: Memory
}
