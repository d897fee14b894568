import Diagnostics

/// What `best` chooses from: the placement in force, and what the other planners make of the expected load.
struct BestCandidates {
  /// `[layers][candidates]`, each once, the placement in force first.
  private(set) var layers: [[LayerPlacement]]
  private let context: PlanningContext

  /// Experts beyond which pairs are not looked at, since exchanging these takes seconds.
  private static let mostPairedExperts = 128
  /// Stops of a search, in changes made.
  private static let stops = [1, 2, 4, 8, 16, 32]

  /// - Throws: `InputError` (usage) if the groups do not divide the experts.
  init(_ context: PlanningContext) throws {
    self.context = context
    let slots = context.shape.slots
    layers = context.current.layers.map { [$0.resized(slots: slots)] }
    for plan in try Self.plans(context) {
      for (index, layer) in plan.layers.enumerated() { add(layer, to: index) }
    }
  }

  private mutating func add(_ layer: LayerPlacement, to index: Int) {
    let fitted = context.target.hasFreeShares ? layer.withoutSharesOfDoubles : layer
    if !layers[index].contains(fitted) { layers[index].append(fitted) }
  }

  /// What a search from a placement comes to after some changes, and in the end.
  func search(from start: LayerPlacement, in layer: Int, _ scoring: StepScoring) -> [LayerPlacement] {
    let target = context.target
    guard target.hasFreeShares || !start.hasUnequalShares else { return [] }
    var search = WindowSearch(
      start, loads: scoring.loads(of: layer), hasFreeShares: target.hasFreeShares, cost: scoring.cost)
    var found: [LayerPlacement] = []
    var changes = 0
    while changes < (Self.stops.last ?? 0), search.improve() {
      changes += 1
      if Self.stops.contains(changes) { found.append(search.placement) }
    }
    if changes > 0, !Self.stops.contains(changes) { found.append(search.placement) }
    return found.filter { !layers[layer].contains($0) }
  }

  /// Plans in `shape.slots` that the target can express.
  private static func plans(_ context: PlanningContext) throws -> [Placement] {
    let shape = context.shape
    var narrow = context
    narrow.shape.slots = SlotBudget.onePerExpert.wanted(experts: shape.experts, ranks: shape.ranks)
    (narrow.moves, narrow.trial) = (nil, nil)
    var wide = context
    (wide.moves, wide.trial, wide.windows) = (nil, nil, context.trial?.loads ?? context.windows)
    var plans: [Placement] = []
    let contiguous = Placement.contiguous(narrow.shape)
    let greedy = GreedyPlanner().plan(narrow)
    for plan in [contiguous, greedy, matched(greedy, context)] { plans.append(widened(plan, context)) }
    if shape.experts <= mostPairedExperts { plans.append(widened(AffinityPlanner().plan(narrow), context)) }
    plans += incremental(narrow).map { widened($0, context) }
    guard shape.slots > narrow.shape.slots else { return try fitted(plans, context) }
    let budget = SlotBudget.total(shape.slots)
    let eplb = try EPLBPlanner(slotBudget: budget).plan(wide)
    plans += [eplb, matched(eplb, context)]
    if shape.slotsPerRank <= shape.experts {
      plans.append(try EvenSharePlanner(slotBudget: budget).plan(wide))
      if context.target.hasFreeShares { plans.append(try FractionalPlanner(slotBudget: budget).plan(wide)) }
    }
    if context.target.hasFreeShares { plans.append(DuplicateHottestPlanner(slotBudget: budget).plan(wide)) }
    plans += try servers(budget, wide)
    return try fitted(plans + incremental(wide), context)
  }

  /// Those that serving systems make, where they have one for this shape.
  private static func servers(_ budget: SlotBudget, _ context: PlanningContext) throws -> [Placement] {
    let shape = context.shape
    let tensorRT = try TensorRTPlanner(slotBudget: budget).plan(context)
    var plans = [tensorRT, matched(tensorRT, context)]
    if shape.slotsPerRank <= shape.experts {
      plans.append(try FlashPlanner(slotBudget: budget).plan(context))
      plans.append(try SwiftPlanner(slotBudget: budget, copyShare: .exact).plan(context))
      if shape.groups == 1 || shape.nodes == 1 {
        plans.append(try ATOMPlanner(.biased, slotBudget: budget).plan(context))
      }
    }
    return plans
  }

  private static func fitted(_ plans: [Placement], _ context: PlanningContext) throws -> [Placement] {
    try plans.map { try TargetFit(context).fitted($0) }
  }

  /// The first exchanges and replacements from what is in force: one, two, four and so on.
  private static func incremental(_ context: PlanningContext) -> [Placement] {
    stops.prefix(4).map { moves in
      IncrementalPlanner(slotBudget: .total(context.shape.slots), maximumMoves: moves, balancedness: 1).plan(context)
    }
  }

  /// In all slots; those that are added take nothing where shares are free.
  private static func widened(_ plan: Placement, _ context: PlanningContext) -> Placement {
    let slots = context.shape.slots
    return Placement(
      ranks: plan.ranks,
      layers: plan.layers.map { context.target.hasFreeShares ? $0.idling(slots: slots) : $0.resized(slots: slots) })
  }

  /// With its rows on the ranks that hold most of their experts already.
  private static func matched(_ plan: Placement, _ context: PlanningContext) -> Placement {
    let slotsPerRank = plan.layers.first?.slotsPerRank ?? 1
    var matching = RankMatching(ranks: plan.ranks, slotsPerRank: slotsPerRank)
    return Placement(
      ranks: plan.ranks,
      layers: zip(plan.layers, context.current.layers).map { layer, current in
        matching.match(layer.physicalToLogical, to: current)
        return matching.relabelled(layer)
      })
  }
}
