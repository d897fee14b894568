import RoutingTrace

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
    /// Times that the recording was replayed, end to end, within `steps`; absent for once.
    public var repeats: Int?
    /// Tokens per step, summed over steps.
    public var tokens: Int
    public var layers: Int
    public var experts: Int
    public var topK: Int
    /// SHA-256 of the file as stored; absent for several.
    public var sha256: String?
    /// The files in the order in which they were read; absent for one.
    public var files: [StoredFile]?
    /// How steps were drawn; absent where all were taken.
    public var selection: DrawnSelection?
  }

  public struct Cluster: Codable, Equatable, Sendable {
    public var name: String
    public var ranks: Int
    public var ranksPerNode: Int
    /// What it is made of; absent for a file that says all itself.
    public var parts: Parts?
  }

  public struct Parts: Codable, Equatable, Sendable {
    public var gpu: String
    public var links: String?
    /// In prefill and mixed steps, and in decode; those of the trace's phase alone where it has one.
    public var prefill: Kernels?
    public var decode: Kernels?
  }

  public struct Kernels: Codable, Equatable, Sendable {
    /// That move copies.
    public var allToAll: String?
    /// That compute experts; absent where a roofline prices them.
    public var experts: String?
  }

  public struct Model: Codable, Equatable, Sendable {
    public var name: String
    /// What the model reaches on its task, 0…1, as whoever replayed it stated; absent if nobody did.
    public var accuracy: Double?

    public init(name: String, accuracy: Double? = nil) {
      self.name = name
      self.accuracy = accuracy
    }
  }

  public var trace: Trace
  public var cluster: Cluster
  public var model: Model
  public var allToAll: String
  public var seed: UInt64
  /// Absent for counts, whose tokens are taken to start evenly.
  public var sources: Sources?
  public var baseline: String
  /// The baseline first.
  public var policies: [PolicyResult]
  /// What the reader has to know to judge the figures.
  public var notes: [String]
  /// What charts show beyond figures; absent unless asked for.
  public var details: ReplayDetails?
  /// What rewriting the router came to; absent for a trace that is replayed as it was recorded.
  public var router: RouterResult?

  /// The same without what is told layer by layer.
  public var withoutLayers: ReplayResult {
    var copy = self
    for index in copy.policies.indices { copy.policies[index].perLayer = nil }
    return copy
  }
}
