import Parallelism

/// Experts that are often chosen together share a rank, and ranks a node, so that a token needs fewer copies: as far as
/// the machine's price says that copies are worth the balance that they cost (MoETuner, ExFlow, Occult and GRACE-MoE
/// bring experts together too).
///
/// From the longest-processing-time packing, and from the placement in force, pairs of experts on two ranks change
/// places as long as that lowers the estimated time of a step (`PricedExchange`); the best of both is the plan, or the
/// packing itself where that is within the estimate's precision. Where moves have a price, the plan is whichever of
/// these, of what is in force, and of that with a few exchanges is worth most until the next plan (`MoveOutlook`). No
/// replicas: where experts do not divide over the ranks, so that some slots hold one, it is `greedy`. Without
/// co-activation, as in traces of counts, experts are taken to be independent; without a price it is `greedy`, too.
///
/// - Complexity: O(experts²) per pass and O(experts) per exchange in a layer; at most 20 passes.
public struct AffinityPlanner: PlacementPlanner {
  public init() {}

  public var needs: PlanningNeeds { [.load, .coactivation, .price, .costs] }

  public func plan(_ context: PlanningContext) -> Placement {
    let packed = GreedyPlanner().plan(context)
    guard let price = context.price, context.shape.slots == context.shape.experts else { return packed }
    let (shape, load) = (context.shape, context.load)
    let coactivation = context.coactivation ?? Coactivation(layers: shape.layers, experts: shape.experts)
    let contiguous = Placement.contiguous(shape)
    let numbers = (0..<shape.layers).mapped(threads: context.threads) { layer in
      LayerPrice.Numbers(
        price, share: PairedExperts.share(load[layer], topK: price.topK), ranks: shape.ranks,
        ranksPerNode: shape.ranksPerNode)
    }
    let search = SharedMap(0..<shape.layers) { layer -> Layer in
      let paired = PairedExperts(
        load: load[layer], pairs: coactivation[layer], tokens: coactivation.tokens, topK: price.topK)
      let layerPrice = LayerPrice(
        price, paired: paired, numbers[layer], ranks: shape.ranks, ranksPerNode: shape.ranksPerNode)
      let blocks = contiguous.layers[layer]
      let inForce = context.current.layers[layer].resized(slots: shape.slots)
      var start = packed.layers[layer]
      if inForce != blocks {
        var matching = RankMatching(ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
        matching.match(start.physicalToLogical, to: inForce)
        start = matching.relabelled(start)
      }
      return context.moves == nil
        ? .decided(Self.best(from: start, inForce: inForce, blocks: blocks, layerPrice))
        : .open(Self.found(from: [start, blocks], inForce: inForce, layerPrice))
    }
    let shared = context.searches?.layers(of: AffinityQuestion(context, coactivation, price, numbers), search)
    let layers = (shared ?? search).outputs(threads: context.threads)
    var queue = context.moves.map(MoveQueue.init)
    return Placement(
      ranks: shape.ranks,
      layers: layers.enumerated().map { layer, found in
        switch found {
        case .decided(let placement): placement
        case .open(let found): Self.mostWorth(of: found, in: layer, &queue)
        }
      })
  }

  /// What was found for a layer.
  enum Layer: Sendable {
    case decided(LayerPlacement)
    /// Moves have a price, and what they are worth depends on those of the layers before.
    case open(Found)
  }

  struct Found: Sendable {
    let inForce: LayerPlacement
    let now: Double
    let placements: [LayerPlacement]
    /// `[placements]` estimated microseconds of a step.
    let times: [Double]
  }

  /// The cheapest placement found; among near equals, what was planned before with a few exchanges, or else the
  /// packing.
  private static func best(
    from packed: LayerPlacement, inForce: LayerPlacement, blocks: LayerPlacement, _ price: LayerPrice
  ) -> LayerPlacement {
    let start = PricedExchange(packed, price)
    let now = PricedExchange(inForce, price)
    let blocksTime = inForce == blocks ? now.time : PricedExchange(blocks, price).time
    let searches = [start, now].map { start in
      var exchange = start
      exchange.search(passes: passes)
      return exchange
    }
    let best = searches[1].time < searches[0].time ? searches[1] : searches[0]
    if blocksTime < best.time { return blocks }
    let near = best.time * (1 + precision)
    if inForce != blocks, searches[1].time <= near { return searches[1].placement }
    return start.time <= near ? packed : best.placement
  }

  /// Given placements, what exchanges make of them, and few and many exchanges in what is in force, which stays unless
  /// another is cheaper by more than the estimate's precision.
  private static func found(
    from starts: [LayerPlacement], inForce: LayerPlacement, _ price: LayerPrice
  ) -> Found {
    let current = PricedExchange(inForce, price)
    let now = current.time
    let few = (0..<fewExchanges).reduce(into: [current]) { path, _ in
      var exchange = path[path.count - 1]
      exchange.search(passes: 1, exchanges: 1)
      path.append(exchange)
    }
    let given = starts.map { PricedExchange($0, price) }
    var many = given.map { start in
      var exchange = start
      exchange.search(passes: passes)
      return exchange
    }
    if let same = starts.firstIndex(of: inForce) {
      many.append(many[same])
    } else {
      var exchange = current
      exchange.search(passes: passes)
      many.append(exchange)
    }
    let found = few + given + many
    return Found(
      inForce: inForce, now: now, placements: found.map(\.placement),
      times: found.map { $0.time < now * (1 - precision) ? $0.time : now })
  }

  /// What is worth most of that.
  private static func mostWorth(of found: Found, in layer: Int, _ queue: inout MoveQueue?) -> LayerPlacement {
    let chosen = queue?.choose(
      for: layer, among: found.placements, times: found.times, inForce: (found.inForce, found.now))
    return chosen.map { found.placements[$0] } ?? found.inForce
  }

  private static let passes = 20
  /// Exchanges from what is in force that are tried one by one.
  private static let fewExchanges = 8
  /// Differences of estimates that are no difference, as a fraction of a step's price.
  private static let precision = 0.02
}
