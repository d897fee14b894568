import Diagnostics
import Randomness

/// Another popularity in which a share of the experts, drawn for each layer, is never chosen.
struct ZeroLoadPopularity: ExpertPopularity {
  /// Share of the experts without any load.
  var ratio: Double
  var rest: any ExpertPopularity

  init(_ settings: Settings, shape: WorkloadShape) throws(InputError) {
    ratio = try settings.number("ratio", in: 0...1)
    rest = try Popularities.parse(try settings.section("rest"), shape: shape)
    guard shape.experts - Int(ratio * Double(shape.experts)) >= shape.topK else {
      throw settings.error("leaves fewer experts than top-\(shape.topK)", at: "ratio")
    }
    guard !rest.isLoad, !(rest is ZeroLoadPopularity) else {
      throw settings.error("expected a kind that draws its weights", at: "rest")
    }
  }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    var weights = rest.weights(shape: shape, layer: layer, generator: &generator)
    let order = generator.shuffled(0..<shape.experts)
    for expert in order.prefix(Int(ratio * Double(shape.experts))) { weights[expert] = 0 }
    return weights
  }
}
