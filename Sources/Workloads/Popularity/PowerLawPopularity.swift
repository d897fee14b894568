import Diagnostics
import Foundation
import Randomness

/// AIConfigurator's power law: weights drawn by inverse transform from a density ∝ x^−`alpha` on [1, `largest`].
struct PowerLawPopularity: ExpertPopularity {
  var alpha: Double
  /// AIConfigurator uses 0.8 × tokens.
  var largest: Double

  init(_ settings: Settings) throws(InputError) {
    alpha = try settings.number("alpha", in: 0.01...10)
    largest = try settings.number("largest", in: 1...1e9)
  }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    let power = 1 - alpha
    return (0..<shape.experts).map { _ in
      let u = generator.unit()
      if abs(power) < 1e-9 { return pow(largest, u) }
      return pow((pow(largest, power) - 1) * u + 1, 1 / power)
    }
  }
}
