/// Experts that are often chosen together share a rank, and ranks a node, so that a token needs fewer copies: as far as the
/// machine's price says that copies are worth the balance that they cost (MoETuner, ExFlow, Occult and GRACE-MoE bring
/// experts together too).
///
/// From the longest-processing-time packing, and from the placement in force, pairs of experts on two ranks change places
/// as long as that lowers the estimated time of a step (`PricedExchange`); the best of both, and of contiguous blocks, is
/// the plan. No replicas. Without co-activation, as in traces of counts, experts are taken to be independent; without a
/// price it is `greedy`.
///
/// - Complexity: O(experts²) per pass and O(experts) per exchange in a layer; at most 20 passes.
public struct AffinityPlanner: CoactivationPlanner {
  public init() {}

  public func plan(_ load: ExpertLoad, shape: PlacementShape, current: Placement) -> Placement {
    GreedyPlanner().plan(load, shape: shape, current: current)
  }

  public func plan(
    _ load: ExpertLoad, coactivation: Coactivation, price: PlacementPrice, shape: PlacementShape, current: Placement
  ) -> Placement {
    let packed = GreedyPlanner().plan(load, shape: shape, current: current)
    let contiguous = Placement.contiguous(shape)
    var matching = RankMatching(experts: shape.experts, ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
    let layers = (0..<shape.layers).map { layer -> LayerPlacement in
      let paired = PairedExperts(
        load: load[layer], pairs: coactivation[layer], tokens: coactivation.tokens, topK: price.topK)
      let layerPrice = LayerPrice(price, paired: paired, ranks: shape.ranks, ranksPerNode: shape.ranksPerNode)
      let blocks = contiguous.layers[layer]
      let inForce = current.layers[layer].slots == shape.slots ? current.layers[layer] : blocks
      matching.match(packed.layers[layer].physicalToLogical, to: inForce)
      var fromPacked = PricedExchange(matching.relabelled(packed.layers[layer]), layerPrice)
      fromPacked.search(passes: Self.passes)
      var best = PricedExchange(inForce, layerPrice)
      best.search(passes: Self.passes)
      // What was planned before is kept among near equals, as it moves less.
      let nearly = inForce == blocks ? 1 - Self.worthwhile : 1 + Self.worthwhile
      if fromPacked.time * nearly <= best.time { best = fromPacked }
      return PricedExchange(blocks, layerPrice).time < best.time * (1 - Self.worthwhile) ? blocks : best.placement
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  private static let passes = 20
  /// A gain as a fraction of a step's price that an estimate can tell.
  private static let worthwhile = 1e-3
}
