import Diagnostics

/// Makes a planner's placement one that its target can express, and good as the target serves it.
///
/// - Where replicas take equal parts, a layer of unequal shares is planned anew: from the planner's own replicas and as
///   `even-share` does, and where an expert may be twice on a rank from `eplb` and `greedy` as they are, whichever has the
///   lowest hottest rank. So it is never less even than `eplb`, nor than `greedy` in fewer slots, where doubles are
///   allowed.
/// - Where no expert may be twice on a rank, a slot that repeats one is exchanged or given to another expert.
/// - Layers so changed have slots exchanged or replaced as long as that lowers the hottest rank (`EvenSplit`); the others
///   stay as planned.
///
/// - Complexity: of a layer that is planned anew, that of `EvenSharePlanner`.
struct TargetFit {
  private let context: PlanningContext
  private var shape: PlacementShape { context.shape }
  private var target: ServingTarget { context.target }

  init(_ context: PlanningContext) { self.context = context }

  /// - Throws: `InputError` (usage) if ranks have more slots than there are experts, and none may be twice on one.
  func fitted(_ plan: Placement) throws(InputError) -> Placement {
    var fitted = plan
    var others: Alternatives?
    for (index, layer) in plan.layers.enumerated() {
      let isUneven = !target.hasFreeShares && layer.hasUnequalShares
      guard isUneven || !target.allowsDuplicates && layer.firstDouble != nil else { continue }
      if !target.allowsDuplicates { try checkRoom(layer) }
      var best = improved(layer, load: context.load[index])
      if isUneven {
        if others == nil { others = try Alternatives(context) }
        for other in others?.layers(index) ?? [] where other.peak < best.peak { best = other }
      }
      fitted.layers[index] = best.layer
    }
    return fitted
  }

  private func checkRoom(_ layer: LayerPlacement) throws(InputError) {
    guard layer.slotsPerRank > layer.experts else { return }
    let message = "\(layer.slotsPerRank) slots per rank for \(layer.experts) experts"
    throw InputError("\(message), but \(target.name) holds no expert twice on a rank", status: .usage)
  }

  private func improved(_ layer: LayerPlacement, load: ArraySlice<Double>) -> (layer: LayerPlacement, peak: Double) {
    var split = EvenSplit(
      experts: layer.experts, ranks: layer.ranks, slotsPerRank: layer.slotsPerRank,
      allowsDoubles: target.allowsDuplicates)
    split.take(layer.physicalToLogical, load: load)
    if !target.allowsDuplicates { split.removeDoubles() }
    split.lowerHottest(moves: EvenSplit.mostMoves(slots: layer.slots))
    return split.placement
  }

  /// What else a layer could be, with equal shares.
  private struct Alternatives {
    private let context: PlanningContext
    private var evenShare: EvenShareLayer?
    private let doubling: [Placement]
    private var matching: RankMatching

    init(_ context: PlanningContext) throws(InputError) {
      let shape = context.shape
      self.context = context
      evenShare = shape.slotsPerRank <= shape.experts ? try EvenShareLayer(shape) : nil
      matching = RankMatching(ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
      guard context.target.allowsDuplicates else {
        doubling = []
        return
      }
      var narrow = context
      narrow.shape.slots = SlotBudget.onePerExpert.wanted(experts: shape.experts, ranks: shape.ranks)
      doubling = [
        try EPLBPlanner(slotBudget: .total(shape.slots)).plan(context), GreedyPlanner().plan(narrow),
      ]
    }

    /// On the ranks that hold most of their experts already.
    mutating func layers(_ index: Int) -> [(layer: LayerPlacement, peak: Double)] {
      let (load, current) = (context.load[index], context.current.layers[index])
      var layers = (evenShare?.plan(load, current: current)).map { [$0] } ?? []
      for placement in doubling {
        let layer = placement.layers[index].resized(slots: context.shape.slots)
        matching.match(layer.physicalToLogical, to: current)
        layers.append(matching.relabelled(layer))
      }
      return layers.map { ($0, $0.rankLoads(of: load).max() ?? 0) }
    }
  }
}

extension EvenSplit {
  /// The placement, and tokens of its most loaded rank.
  fileprivate var placement: (layer: LayerPlacement, peak: Double) {
    (LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: expertOfSlot), peak)
  }
}

extension LayerPlacement {
  /// Whether some expert's slots take unequal parts of its tokens.
  package var hasUnequalShares: Bool {
    zip(shares, evenShares).contains { abs($0 - $1) > 1e-9 }
  }

  /// The first slot whose expert its rank holds in an earlier one, too.
  package var firstDouble: Int? {
    (0..<slots).first { slot in
      let first = rank(ofSlot: slot) * slotsPerRank
      return physicalToLogical[first..<slot].contains(physicalToLogical[slot])
    }
  }
}
