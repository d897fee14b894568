import Diagnostics
import Randomness

/// Shares from a symmetric Dirichlet distribution: gamma weights of shape `concentration`, drawn for each layer.
struct DirichletPopularity: ExpertPopularity {
  var concentration: Double

  init(_ settings: Settings) throws(InputError) { concentration = try settings.number("concentration", in: 0.01...1e6) }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    // A draw may underflow to 0; the smallest positive weight keeps the expert choosable.
    (0..<shape.experts).map { _ in max(generator.gamma(shape: concentration), 1e-12) }
  }
}
