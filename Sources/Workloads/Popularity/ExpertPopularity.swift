import Diagnostics
import Randomness

/// How likely a router is to choose each expert.
protocol ExpertPopularity: Sendable {
  /// Whether the weights are the experts' shares of the load, rather than the weights that a token draws by.
  var isLoad: Bool { get }
  /// One layer's hot experts, for the generator that `weights` gets; nil where no line parts hot ones from others.
  func hotExperts(shape: WorkloadShape, generator: inout SeededGenerator) -> [Int]?
  /// Weights of one layer's experts, 0 or more, up to scale.
  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double]
}

extension ExpertPopularity {
  var isLoad: Bool { false }

  func hotExperts(shape: WorkloadShape, generator: inout SeededGenerator) -> [Int]? { nil }
}

/// The known popularities.
enum Popularities {
  static let registry = Registry<Maker<Settings, WorkloadShape, any ExpertPopularity>>(
    "popularity",
    [
      .init("uniform", "every expert is as likely as any other") { _, _ in UniformPopularity() },
      .init("hot-cold", "a share of the experts weighs more", make: HotColdPopularity.init),
      .init("zipf", "Zipf's law") { settings, _ throws(InputError) in try ZipfPopularity(settings) },
      .init("log-normal", "weights whose logarithm is normal") { settings, _ throws(InputError) in
        try LogNormalPopularity(settings)
      },
      .init("dirichlet", "shares from a Dirichlet distribution") { settings, _ throws(InputError) in
        try DirichletPopularity(settings)
      },
      .init("power-law", "AIConfigurator's power law") { settings, _ throws(InputError) in
        try PowerLawPopularity(settings)
      },
      .init("hot-rank", "the experts of one rank weigh more", make: HotRankPopularity.init),
      .init("zero-load", "a share of the experts is never chosen", make: ZeroLoadPopularity.init),
      .init("table", "given shares, as `fit` writes them", make: TablePopularity.init),
    ])

  static func parse(_ settings: Settings, shape: WorkloadShape) throws(InputError) -> any ExpertPopularity {
    let popularity = try settings.choice("kind", of: registry)(settings, shape)
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
