import Diagnostics
import Randomness

/// The router of the MoE routing simulation and performance model document: a share of the experts, chosen at random
/// for each layer, is hot and weighs `hotWeight` where the others weigh 1.
struct HotColdPopularity: ExpertPopularity {
  /// HOT_RATIO: share of the experts that are hot.
  var hotRatio: Double
  /// HOT_WEIGHT: weight of a hot expert.
  var hotWeight: Double

  init(_ settings: Settings) throws(InputError) {
    hotRatio = try settings.number("hotRatio", in: 0...1)
    hotWeight = try settings.number("hotWeight", in: 1e-6...1e6)
  }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    let order = generator.shuffled(0..<shape.experts)
    var weights = [Double](repeating: 1, count: shape.experts)
    for expert in order.prefix(Int(hotRatio * Double(shape.experts))) { weights[expert] = hotWeight }
    return weights
  }
}
