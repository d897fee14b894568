import Diagnostics
import Foundation
import Randomness

/// Weights whose logarithm is normal with standard deviation `sigma`, drawn for each layer.
struct LogNormalPopularity: ExpertPopularity {
  var sigma: Double

  init(_ settings: Settings) throws(InputError) { sigma = try settings.number("sigma", in: 0...5) }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    (0..<shape.experts).map { _ in exp(sigma * generator.normal()) }
  }
}
