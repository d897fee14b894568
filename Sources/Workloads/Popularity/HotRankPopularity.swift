import Diagnostics
import Randomness

/// All experts that one rank holds under contiguous placement weigh `weight`, the others 1; the rank is drawn for each
/// layer.
struct HotRankPopularity: ExpertPopularity {
  var ranks: Int
  var weight: Double

  init(_ settings: Settings, shape: WorkloadShape) throws(InputError) {
    ranks = try settings.integer("ranks", in: 1...shape.experts)
    weight = try settings.number("weight", in: 1e-6...1e6)
    guard shape.experts % ranks == 0 else {
      throw settings.error("does not divide \(shape.experts) experts", at: "ranks")
    }
  }

  func weights(shape: WorkloadShape, layer: Int, generator: inout SeededGenerator) -> [Double] {
    let hot = generator.below(ranks)
    let perRank = shape.experts / ranks
    return (0..<shape.experts).map { $0 / perRank == hot ? weight : 1 }
  }
}
