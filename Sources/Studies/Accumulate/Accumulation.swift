/// What `advise --accumulate` finds: how fast one GPU is whose experts lie in its host's memory, by the tokens that it
/// accumulates to one batch.
public struct Accumulation: Codable, Equatable, Sendable {
  public struct TokensPerExpert: Codable, Equatable, Sendable {
    /// Of the experts of a layer that a batch visits, over layers and batches.
    public var mean: Double
    /// Of the one with fewest, mean over layers and batches.
    public var min: Double
  }

  /// One size of batch, under what makes it fastest. Times are microseconds of a pass through all layers of the model.
  public struct Batch: Codable, Equatable, Sendable {
    /// Steps of the trace that it is made of.
    public var batchSize: Int
    /// On average.
    public var tokens: Double
    public var tokensPerExpert: TokensPerExpert
    /// Distinct experts of a layer that are visited, mean over layers and batches.
    public var coverage: Double
    /// Each way's time, added up over layers.
    public var link: Double
    public var gpu: Double
    public var cpu: Double
    /// The first fetch, and in each layer the longest way.
    public var time: Double
    /// `link`, `gpu` or `cpu`: the longest way of the layers that take most of the time.
    public var boundBy: String
    public var tokensPerSecond: Double
    /// The same if each expert had as many tokens, B · k / E.
    public var evenTokensPerSecond: Double
    /// Bytes.
    public var hostMemory: Double
    public var gpuMemory: Double
    /// Tokens that an expert is computed on at once, at most.
    public var microBatch: Int
    /// Part of attention that the host's cores do.
    public var cpuShare: Double
    /// Routed experts of a layer that stay on the GPU.
    public var residentExperts: Int
  }

  public var trace: String
  public var cluster: String
  public var model: String
  /// Routed experts of a layer.
  public var experts: Int
  /// `prefill` or `decode`.
  public var phase: String
  /// Tokens that a token attends to, on average.
  public var context: Int
  /// Tokens of an expert whose arithmetic takes as long as its weights' way over the link.
  public var hidingTokensPerExpert: Double
  /// In ascending order of tokens.
  public var accumulate: [Batch]
  /// Tokens of the smallest batch from which on the link is not what most of the time goes to; absent where it always is.
  public var linkHiddenFrom: Double?
  /// What the reader has to know to judge the figures.
  public var notes: [String]
}
