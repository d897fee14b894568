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
      let inForce = current.layers[layer].slots == shape.slots ? current.layers[layer] : contiguous.layers[layer]
      matching.match(packed.layers[layer].physicalToLogical, to: inForce)
      let paired = PairedExperts(
        load: load[layer], pairs: coactivation[layer], tokens: coactivation.tokens, topK: price.topK)
      let times = paired.share.map { price.expert($0 * price.tokensPerStep) }
      func exchange(from start: LayerPlacement) -> PricedExchange {
        PricedExchange(
          start, ranksPerNode: shape.ranksPerNode, paired: paired, expertTime: times, price: price)
      }
      // In force, packed, contiguous: among equals what moves least.
      var best = exchange(from: inForce)
      best.search(passes: 20)
      var other = exchange(from: matching.relabelled(packed.layers[layer]))
      other.search(passes: 20)
      if other.time < best.time { best = other }
      let blocks = exchange(from: contiguous.layers[layer])
      return blocks.time < best.time ? contiguous.layers[layer] : best.placement
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}
