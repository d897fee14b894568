import Diagnostics
import Foundation
import Randomness

/// Shares from a symmetric Dirichlet distribution: gamma weights of shape `concentration`, drawn for each layer.
struct DirichletPopularity: ExpertPopularity {
  var concentration: Double

  init(_ settings: Settings) throws(InputError) { concentration = try settings.number("concentration", in: 0.01...1e6) }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    // A draw may underflow to 0; the smallest positive weight keeps the expert choosable.
    (0..<shape.experts).map { _ in max(gamma(&generator), 1e-12) }
  }

  /// Marsaglia and Tsang, "A simple method for generating gamma variables", 2000.
  private func gamma(_ generator: inout SeededGenerator) -> Double {
    let boost = concentration < 1 ? pow(1 - generator.unit(), 1 / concentration) : 1
    let d = (concentration < 1 ? concentration + 1 : concentration) - 1.0 / 3
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = generator.normal()
      let v = pow(1 + c * x, 3)
      if v > 0, log(1 - generator.unit()) < x * x / 2 + d - d * v + d * log(v) { return d * v * boost }
    }
  }
}
