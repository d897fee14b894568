import Diagnostics
import RoutingTrace

/// A synthetic workload: what a router would choose, drawn by chance. It is a base popularity × a time process × a
/// correlation, and a way to make batches.
///
///     name: hot-cold
///     experts: 128
///     topK: 8
///     layers: 4
///     steps: 8
///     tokensPerStep: 1024
///     popularity: {kind: hot-cold, hotRatio: 0.1, hotTimes: 5}
///     time: {kind: rotate, every: 2, by: 16}
///     correlation: {neighbour: 0.3, topics: 8, spread: 0.5, kinds: 16, affinity: 10}
///     tokens: {vocabulary: 20000, exponent: 1, strength: 0.6}
public struct Workload: Sendable {
  package static let maximumSteps = 1_000_000_000
  /// Layers × tokens × top-k of a step.
  package static let maximumChoices = 1 << 28

  public var name: String
  public var model: String?
  public var content: TraceHeader.Content
  public var experts: Int
  public var topK: Int
  /// The number that each MoE layer has in the model.
  public var layerNumbers: [Int]
  public var phase: Phase?
  /// Gate weights uniform in [0, 1), as the simulation document has them; none when false.
  public var hasGateWeights: Bool
  public var seed: UInt64
  /// How recorded statistics were found, when the workload was fitted.
  public var fittedTo: String?
  var batching: WorkloadBatching
  var popularity: any ExpertPopularity
  var time: any TimeProcess
  var correlation: RoutingCorrelation
  var tokens: TokenVocabulary?
  var groups: GroupLimit?
  var sources: WorkloadSources?

  public var layers: Int { layerNumbers.count }

  public var header: TraceHeader {
    var method = "expert-replay generate \(name) --seed \(seed)"
    if let fittedTo { method += ", fitted to \(fittedTo)" }
    return TraceHeader(
      name: name, content: content, provenance: .init(origin: .synthetic, method: method), model: model,
      layerNumbers: layerNumbers, experts: experts, topK: topK, groups: groups?.groups, phase: phase)
  }

  /// - Throws: `InputError` with the line: an unknown key, kind or shape.
  public init(parsing text: String, name fileName: String) throws(InputError) {
    try self.init(settings: Settings(parsing: text, name: fileName))
  }

  /// - Throws: as `init(parsing:name:)`.
  public init(settings: Settings) throws(InputError) {
    name = try settings.string("name")
    model = try settings.optionalString("model")
    fittedTo = try settings.optionalString("fittedTo")
    experts = try settings.integer("experts", in: 1...TraceHeader.maximumExperts)
    topK = try settings.integer("topK", in: 1...min(experts, TraceHeader.maximumTopK))
    let layers = try settings.integer("layers", in: 1...TraceHeader.maximumLayers)
    let first = try settings.optionalInteger("firstLayer", in: 0...TraceHeader.maximumLayers) ?? 0
    layerNumbers = Array(first..<first + layers)
    if settings.contains("layerNumbers") {
      layerNumbers = try settings.strings("layerNumbers").compactMap { Int($0) }
      guard layerNumbers.count == layers, zip(layerNumbers, layerNumbers.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw settings.error("expected \(layers) ascending numbers", at: "layerNumbers")
      }
    }
    content = .tokens
    if settings.contains("content") {
      content = try settings.choice("content", of: ["tokens", "counts"]) == "counts" ? .counts : .tokens
    }
    phase = nil
    if settings.contains("phase") {
      phase = Phase(rawValue: try settings.choice("phase", of: Phase.allCases.map(\.rawValue)))
    }
    hasGateWeights = try settings.optionalBoolean("gateWeights") ?? false
    seed = UInt64(try settings.optionalInteger("seed", in: 0...Int.max) ?? 0)
    batching = try WorkloadBatching(settings, phase: phase)
    let shape = WorkloadShape(experts: experts, topK: topK, layers: layers)
    popularity = try Popularities.parse(try settings.section("popularity"), shape: shape)
    time = try settings.contains("time") ? TimeProcesses.parse(try settings.section("time"), shape: shape) : Steady()
    correlation = try RoutingCorrelation(settings.optionalSection("correlation"), shape: shape)
    tokens = try settings.optionalSection("tokens").map { section throws(InputError) in try TokenVocabulary(section) }
    groups = try settings.optionalSection("groups").map { section throws(InputError) in
      try GroupLimit(section, shape: shape)
    }
    sources = try settings.optionalSection("sources").map { section throws(InputError) in try WorkloadSources(section) }
    try settings.rejectUnknownKeys()
    guard !(time is Segments) || popularity.isLoad else {
      throw settings.error("segments need popularity: {kind: table}", at: "time")
    }
    guard layers * experts <= TraceHeader.maximumExpertsInAll else {
      throw settings.error("layers × experts above \(TraceHeader.maximumExpertsInAll)", at: "layers")
    }
    guard layers * experts * correlation.topics * correlation.kinds <= 1 << 26 else {
      throw settings.error("layers × experts × topics × kinds above \(1 << 26)", at: "correlation")
    }
    guard layers * batching.largestStep * topK <= Self.maximumChoices else {
      throw settings.error("a step of more than \(Self.maximumChoices) choices", at: "layers")
    }
    guard content == .tokens || !hasGateWeights else {
      throw settings.error("a trace of counts has no gate weights", at: "gateWeights")
    }
    guard content == .tokens || tokens == nil else {
      throw settings.error("a trace of counts has no token ids", at: "tokens")
    }
    guard tokens == nil || layers * topK * TokenPreferences.stored <= 1 << 26 else {
      throw settings.error("layers × topK above \((1 << 26) / TokenPreferences.stored)", at: "tokens")
    }
  }
}

/// The sizes that parts of a workload are checked against.
struct WorkloadShape {
  var experts: Int
  var topK: Int
  var layers: Int
}

/// A router that limits each token to some groups of experts, as DeepSeek-V3's does.
///
/// A token's groups are drawn without replacement by the popularity of their experts together, then its experts from
/// those groups.
struct GroupLimit: Sendable {
  var groups: Int
  var groupsPerToken: Int

  init(_ settings: Settings, shape: WorkloadShape) throws(InputError) {
    groups = try settings.integer("groups", in: 1...min(shape.experts, 256))
    groupsPerToken = try settings.integer("perToken", in: 1...groups)
    try settings.rejectUnknownKeys()
    guard shape.experts % groups == 0 else {
      throw settings.error("does not divide \(shape.experts) experts", at: "groups")
    }
    guard shape.experts / groups * groupsPerToken >= shape.topK else {
      throw settings.error("these groups hold fewer experts than top-\(shape.topK)", at: "perToken")
    }
  }
}
