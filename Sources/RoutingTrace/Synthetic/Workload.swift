import Diagnostics
import Randomness

/// A synthetic workload: what a router would choose, drawn by chance.
///
///     name: hot-cold
///     experts: 128
///     topK: 8
///     layers: 4
///     steps: 8
///     tokensPerStep: 1024
///     popularity: {kind: hot-cold, hotRatio: 0.1, hotWeight: 5}
public struct Workload: Sendable {
  public var name: String
  public var model: String?
  public var experts: Int
  public var topK: Int
  /// The number that each MoE layer has in the model.
  public var layerNumbers: [Int]
  public var steps: Int
  public var tokensPerStep: Int
  public var phase: Phase?
  /// Gate weights uniform in [0, 1), as the simulation document has them; none when false.
  public var hasGateWeights: Bool
  public var seed: UInt64
  public var popularity: any ExpertPopularity

  /// - Throws: `InputError` with the line: an unknown key, kind or shape.
  public init(parsing text: String, name fileName: String) throws(InputError) {
    let settings = try Settings(parsing: text, name: fileName)
    name = try settings.string("name")
    model = try settings.optionalString("model")
    experts = try settings.integer("experts", in: 1...TraceHeader.maximumExperts)
    topK = try settings.integer("topK", in: 1...min(experts, TraceHeader.maximumTopK))
    let layers = try settings.integer("layers", in: 1...TraceHeader.maximumLayers)
    let first = try settings.optionalInteger("firstLayer", in: 0...TraceHeader.maximumLayers) ?? 0
    layerNumbers = Array(first..<first + layers)
    steps = try settings.integer("steps", in: 1...1_000_000_000)
    tokensPerStep = try settings.integer("tokensPerStep", in: 1...Batching.maximumTokens)
    phase = nil
    if settings.contains("phase") {
      phase = Phase(rawValue: try settings.choice("phase", of: Phase.allCases.map(\.rawValue)))
    }
    hasGateWeights = try settings.optionalBoolean("gateWeights") ?? false
    seed = UInt64(try settings.optionalInteger("seed", in: 0...Int.max) ?? 0)
    popularity = try Popularities.parse(try settings.section("popularity"), experts: experts)
    try settings.rejectUnknownKeys()
    guard layers * tokensPerStep * topK <= 1 << 28 else {
      throw settings.error("a step of more than 268 million choices", at: "tokensPerStep")
    }
  }

  public var header: TraceHeader {
    TraceHeader(
      name: name, content: .tokens,
      provenance: .init(origin: .synthetic, method: "expert-replay generate \(name) --seed \(seed)"), model: model,
      layerNumbers: layerNumbers, experts: experts, topK: topK, phase: phase)
  }
}

/// How likely a router is to choose each expert.
public protocol ExpertPopularity: Sendable {
  /// Weights above 0, up to scale, of one layer's experts.
  func weights(experts: Int, generator: inout SeededGenerator) -> [Double]
}

/// The known popularities.
public enum Popularities {
  typealias Parser = @Sendable (Settings, Int) throws(InputError) -> any ExpertPopularity

  static let registry: [(kind: String, parse: Parser)] = [
    ("hot-cold", { settings, experts throws(InputError) in try HotColdPopularity(settings, experts: experts) }),
    ("uniform", { _, _ throws(InputError) in UniformPopularity() }),
  ]

  static func parse(_ settings: Settings, experts: Int) throws(InputError) -> any ExpertPopularity {
    let kind = try settings.choice("kind", of: registry.map(\.kind))
    guard let entry = registry.first(where: { $0.kind == kind }) else { throw settings.error("unknown", at: "kind") }
    let popularity = try entry.parse(settings, experts)
    try settings.rejectUnknownKeys()
    return popularity
  }
}

/// Every expert is as likely as any other.
struct UniformPopularity: ExpertPopularity {
  func weights(experts: Int, generator: inout SeededGenerator) -> [Double] { Array(repeating: 1, count: experts) }
}
