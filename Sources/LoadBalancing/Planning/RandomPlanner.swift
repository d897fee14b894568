import Diagnostics
import Randomness

/// The slots of the initial placement shuffled anew in every layer: what placement is worth when nothing is known.
///
/// - Complexity: O(layers · slots).
public struct RandomPlanner: PlacementPlanner {
  public let seed: UInt64

  public init(seed: UInt64) { self.seed = seed }

  init(settings: Settings) throws(InputError) {
    seed = UInt64(try settings.optionalInteger("seed", in: 0...Int.max) ?? 0)
  }

  public var needs: PlanningNeeds { [] }

  public func plan(_ context: PlanningContext) -> Placement {
    let shape = context.shape
    let layers = (0..<shape.layers).map { layer in
      var generator = SeededGenerator(seed: seed, stream: UInt64(layer))
      let row = generator.shuffled((0..<shape.slots).map { $0 % shape.experts })
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: row)
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}
