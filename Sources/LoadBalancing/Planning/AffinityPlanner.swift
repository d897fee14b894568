import Diagnostics

/// Experts that are often chosen together share a rank, so that a token needs fewer copies (MoETuner, ExFlow, Occult and
/// GRACE-MoE all follow this idea).
///
/// From the longest-processing-time packing, pairs of experts on two ranks change places as long as that raises the
/// number of co-activations inside ranks and leaves both ranks within `tolerance` of the packing's most loaded one: how
/// much balance a saved copy is worth depends on the machine, and a replay of several tolerances tells by the priced time.
/// No replicas. Without co-activation, as in traces of counts, it is `greedy`.
///
/// - Complexity: O(experts²) per pass and O(experts) per exchange in a layer; at most 20 passes.
public struct AffinityPlanner: CoactivationPlanner {
  /// How far above the packing's most loaded rank an exchange may lift a rank, as a fraction.
  public let tolerance: Double

  public init(tolerance: Double) { self.tolerance = tolerance }

  init(settings: Settings) throws(InputError) { tolerance = try settings.number("tolerance", in: 0...10) }

  public func plan(_ load: ExpertLoad, shape: PlacementShape, current: Placement) -> Placement {
    plan(load, coactivation: Coactivation(layers: shape.layers, experts: shape.experts), shape: shape, current: current)
  }

  public func plan(
    _ load: ExpertLoad, coactivation: Coactivation, shape: PlacementShape, current: Placement
  ) -> Placement {
    let packed = GreedyPlanner().plan(load, shape: shape, current: current)
    var matching = RankMatching(experts: shape.experts, ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
    let layers = (0..<shape.layers).map { layer in
      var exchange = AffinityExchange(
        packed.layers[layer], load: Array(load[layer]), affinity: Array(coactivation[layer]), tolerance: tolerance)
      for _ in 0..<20 where exchange.pass() {}
      let plan = exchange.placement
      matching.match(plan.physicalToLogical, to: current.layers[layer])
      return matching.relabelled(plan)
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}

private struct AffinityExchange {
  private let experts: Int
  private let ranks: Int
  private let slotsPerRank: Int
  private let load: [Double]
  private let affinity: [Float]
  private let limit: Double
  private var slotOf: [Int]
  private var rankLoads: [Double]
  /// `[experts][ranks]` co-activations of an expert with those of a rank.
  private var affinityToRank: [Float]

  init(_ start: LayerPlacement, load: [Double], affinity: [Float], tolerance: Double) {
    experts = start.experts
    ranks = start.ranks
    slotsPerRank = start.slotsPerRank
    self.load = load
    self.affinity = affinity
    slotOf = (0..<start.experts).map { start.slotsByExpert[start.firstSlot[$0]] }
    rankLoads = start.rankLoads(of: load[...])
    limit = (rankLoads.max() ?? 0) * (1 + tolerance)
    affinityToRank = Array(repeating: 0, count: start.experts * start.ranks)
    for expert in 0..<experts {
      for other in 0..<experts { affinityToRank[expert * ranks + rank(other)] += affinity[expert * experts + other] }
    }
  }

  private func rank(_ expert: Int) -> Int { slotOf[expert] / slotsPerRank }

  /// Exchanges every pair that gains; false if none did.
  mutating func pass() -> Bool {
    var didExchange = false
    for expert in 0..<experts - 1 {
      for other in expert + 1..<experts where rank(expert) != rank(other) && gain(expert, other) > 0 {
        guard staysWithinLimit(expert, other) else { continue }
        exchange(expert, other)
        didExchange = true
      }
    }
    return didExchange
  }

  /// Co-activations inside ranks that an exchange adds.
  private func gain(_ expert: Int, _ other: Int) -> Float {
    let (from, to) = (rank(expert), rank(other))
    return affinityToRank[expert * ranks + to] - affinityToRank[expert * ranks + from]
      + affinityToRank[other * ranks + from] - affinityToRank[other * ranks + to]
      - 2 * affinity[expert * experts + other]
  }

  private func staysWithinLimit(_ expert: Int, _ other: Int) -> Bool {
    let difference = load[expert] - load[other]
    return rankLoads[rank(expert)] - difference <= limit && rankLoads[rank(other)] + difference <= limit
  }

  private mutating func exchange(_ expert: Int, _ other: Int) {
    let (from, to) = (rank(expert), rank(other))
    let difference = load[expert] - load[other]
    rankLoads[from] -= difference
    rankLoads[to] += difference
    for third in 0..<experts {
      let change = affinity[third * experts + other] - affinity[third * experts + expert]
      affinityToRank[third * ranks + from] += change
      affinityToRank[third * ranks + to] -= change
    }
    slotOf.swapAt(expert, other)
  }

  var placement: LayerPlacement {
    var map = Array(repeating: 0, count: experts)
    for expert in 0..<experts { map[slotOf[expert]] = expert }
    return LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: map)
  }
}
