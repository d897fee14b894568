import Diagnostics
import Randomness

/// How likely a router is to choose each expert.
protocol ExpertPopularity: Sendable {
  /// Whether the weights are the experts' shares of the load, rather than the weights that a token draws by.
  var isLoad: Bool { get }
  /// Weights of one layer's experts, 0 or more, up to scale.
  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double]
}

extension ExpertPopularity {
  var isLoad: Bool { false }
}

/// The known popularities.
enum Popularities {
  typealias Parser = @Sendable (Settings, WorkloadShape) throws(InputError) -> any ExpertPopularity

  static let registry: [(kind: String, parse: Parser)] = [
    ("uniform", { _, _ throws(InputError) in UniformPopularity() }),
    ("hot-cold", { settings, _ throws(InputError) in try HotColdPopularity(settings) }),
    ("zipf", { settings, _ throws(InputError) in try ZipfPopularity(settings) }),
    ("log-normal", { settings, _ throws(InputError) in try LogNormalPopularity(settings) }),
    ("dirichlet", { settings, _ throws(InputError) in try DirichletPopularity(settings) }),
    ("power-law", { settings, _ throws(InputError) in try PowerLawPopularity(settings) }),
    ("hot-rank", { settings, shape throws(InputError) in try HotRankPopularity(settings, shape: shape) }),
    ("zero-load", { settings, shape throws(InputError) in try ZeroLoadPopularity(settings, shape: shape) }),
    ("table", { settings, shape throws(InputError) in try TablePopularity(settings, shape: shape) }),
  ]

  static func parse(_ settings: Settings, shape: WorkloadShape) throws(InputError) -> any ExpertPopularity {
    let kind = try settings.choice("kind", of: registry.map(\.kind))
    guard let entry = registry.first(where: { $0.kind == kind }) else { throw settings.error("unknown", at: "kind") }
    let popularity = try entry.parse(settings, shape)
    try settings.rejectUnknownKeys()
    return popularity
  }
}

/// Every expert is as likely as any other.
struct UniformPopularity: ExpertPopularity {
  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    Array(repeating: 1, count: shape.experts)
  }
}
