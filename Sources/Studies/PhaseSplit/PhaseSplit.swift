/// What `advise --split` finds: how many ranks read prompts, how many write tokens, and how many requests a GPU then
/// serves within the targets. Times are microseconds, and means.
public struct PhaseSplit: Codable, Equatable, Sendable {
  /// The groups of ranks that serve one phase.
  public struct Phase: Codable, Equatable, Sendable {
    /// Of a group.
    public var ranks: Int
    /// Groups, each with the whole model.
    public var replicas: Int
    public var policy: String
    /// Steps of the recording that make one.
    public var batchSize: Int
    /// Tokens of a step of a group.
    public var stepTokens: Double
    public var stepTime: Double
    /// Of a group: read in prefill, written in decode.
    public var tokensPerSecond: Double
    /// Part of the groups' time that goes to this phase.
    public var busy: Double
  }

  /// A prompt's keys and values, on their way from prefill to decode.
  public struct KV: Codable, Equatable, Sendable {
    public var bytes: Double
    public var time: Double
    /// That the first token waits for them after prefill.
    public var exposed: Double
  }

  /// What holds the rate of requests down.
  public enum Limit: String, Codable, Sendable {
    /// With more requests, prompts wait longer than the target allows.
    case ttft
    /// With more requests, prompts come between the tokens of others longer than the target allows.
    case tpot
    /// All time of the ranks that read prompts is used.
    case prefill
    /// All time of the ranks that write tokens is used.
    case decode
    /// All time of the ranks that do both is used.
    case both
    /// All time of the links that keys and values cross is used.
    case kv
  }

  public struct Layout: Codable, Equatable, Sendable {
    public var prefill: Phase
    public var decode: Phase
    /// Absent where both phases are served by the same ranks.
    public var kv: KV?
    /// In use.
    public var gpus: Int
    /// At that many requests; absent where prompts come as fast as they are read, so that their queue has no end.
    public var ttft: Double?
    public var tpot: Double
    /// The greatest rate that keeps the targets.
    public var requestsPerSecond: Double
    /// The same, a GPU in use.
    public var goodputPerGPU: Double
    public var limitedBy: Limit
  }

  /// Mean times that are to be kept; absent for no limit.
  public struct Targets: Codable, Equatable, Sendable {
    public var ttft: Double?
    public var tpot: Double?

    public init(ttft: Double? = nil, tpot: Double? = nil) {
      self.ttft = ttft
      self.tpot = tpot
    }
  }

  /// The best of each kind.
  public struct Untargeted: Codable, Equatable, Sendable {
    public var split: Layout
    /// Absent where no group has room for both phases.
    public var together: Layout?
  }

  public var trace: String
  /// Where prefill steps come from; absent if from the same trace.
  public var prefillTrace: String?
  public var cluster: String
  /// Absent if the same.
  public var prefillCluster: String?
  public var model: String
  /// That may be used.
  public var gpus: Int
  /// Tokens of a request.
  public var input: Int
  public var output: Int
  /// Part of the input that prefill does not compute.
  public var cached: Double
  public var targets: Targets
  /// Pairs of sizes of a group, one for each phase, that fit the GPUs.
  public var tried: Int
  /// Most requests within the targets.
  public var split: Layout
  /// The best layouts of pairs that no other beats in both requests and time per output token, most requests first.
  public var front: [Layout]
  /// The same ranks for both phases, within the targets; absent where no size keeps them or has room.
  public var together: Layout?
  /// Most requests, however long each takes; absent without targets.
  public var withoutTargets: Untargeted?
  /// What the reader has to know to judge the figures.
  public var notes: [String]
}
