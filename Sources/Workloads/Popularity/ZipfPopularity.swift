import Diagnostics
import Foundation
import Randomness

/// Zipf's law: the expert of rank r, in an order drawn for each layer, weighs r^−`exponent`.
struct ZipfPopularity: ExpertPopularity {
  var exponent: Double

  init(_ settings: Settings) throws(InputError) { exponent = try settings.number("exponent", in: 0...5) }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    generator.shuffled((1...shape.experts).map { pow(Double($0), -exponent) })
  }
}
