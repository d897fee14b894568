/// What a trace says about itself before its first step.
public struct TraceHeader: Codable, Equatable, Sendable {
  /// What is known of each step.
  public enum Content: String, Codable, Sendable {
    /// Each token's source and top-k experts per layer.
    case tokens
    /// Tokens per expert and layer.
    case counts
  }

  /// Where the routing came from.
  public struct Provenance: Codable, Equatable, Sendable {
    public enum Origin: String, Codable, Sendable { case recorded, synthetic }
    public var origin: Origin
    /// How it was recorded or generated: a command, a tool, a paper.
    public var method: String?
    /// What it was made from: a file, a data set, a model.
    public var from: String?
    public var licence: String?

    public init(origin: Origin, method: String? = nil, from: String? = nil, licence: String? = nil) {
      self.origin = origin
      self.method = method
      self.from = from
      self.licence = licence
    }
  }

  public static let currentVersion = 1

  public var name: String
  public var content: Content
  public var provenance: Provenance?
  /// Name of the model that routed, as in `models/`, when it is known.
  public var model: String?
  /// The number that each MoE layer of the trace has in the model, ascending.
  public var layerNumbers: [Int]
  /// Experts per MoE layer.
  public var experts: Int
  /// Experts per token; nil when a counts recording does not say.
  public var topK: Int?
  /// Expert groups of a group-limited router.
  public var groups: Int?
  /// The phase of every step, when it is the same.
  public var phase: Phase?

  /// Number of MoE layers.
  public var layers: Int { layerNumbers.count }

  public init(
    name: String, content: Content, provenance: Provenance? = nil, model: String? = nil, layerNumbers: [Int],
    experts: Int, topK: Int?, groups: Int? = nil, phase: Phase? = nil
  ) {
    self.name = name
    self.content = content
    self.provenance = provenance
    self.model = model
    self.layerNumbers = layerNumbers
    self.experts = experts
    self.topK = topK
    self.groups = groups
    self.phase = phase
  }
}

/// What a forward pass does with its tokens.
public enum Phase: String, Codable, CaseIterable, Sendable { case prefill, decode, mixed }
