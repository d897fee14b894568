import Diagnostics

/// Lazarus's planner: replicas by load, at least `minimumCopies` of every expert on different ranks, and experts in groups
/// that share all their ranks, so that few sets of failed ranks lose any.
///
/// 1. Copies, from the least loaded expert up: its part of the load that is left times the slots that are left, rounded
///    down, but at least `minimumCopies` (`ResilientCopies`).
/// 2. In that order experts are cut into groups of as many as a rank has slots, and as many ranks as the group's first
///    expert has copies hold the whole group.
/// 3. Copies still owed fill the ranks left over (`GroupedRanks`). No expert is twice on a rank.
/// 4. Rows go to the ranks that hold most of their experts already.
///
/// What spreads an expert's copies beside ever different neighbours loses some expert in nearly every set of failures;
/// grouped experts are lost together or not at all. Loads, not places, decide: groups and nodes are not regarded.
///
/// The paper leaves three cases open. An expert that would have more copies than there are ranks has one on each, and the
/// others share the rest. A copy that finds no rank without its expert any more goes to the expert with most load per copy.
/// Groups that would leave the experts after them fewer than `minimumCopies` ranks are not made.
///
/// Source: Lazarus, arXiv 2407.04656, section 4; no code of it is public.
///
/// - Complexity: O(slots · log slots + redundant · E) per layer.
public struct ResilientPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget
  /// Ranks that hold each expert, at the least: one failure less is tolerated.
  public let minimumCopies: Int
  public var liberties: PlanLiberties { [] }

  /// - Parameter minimumCopies: at least 1.
  public init(slotBudget: SlotBudget, minimumCopies: Int = 2) {
    precondition(minimumCopies >= 1)
    self.slotBudget = slotBudget
    self.minimumCopies = minimumCopies
  }

  init(settings: Settings) throws(InputError) {
    let copies = try settings.optionalInteger("minimumCopies", in: 1...1024) ?? 2
    let hasSlots = settings.contains("redundantSlots") || settings.contains("redundantSlotsPerRank")
    self.init(slotBudget: hasSlots ? try SlotBudget(settings: settings) : .perExpert(copies), minimumCopies: copies)
  }

  public func leastSlotsPerRank(experts: Int, ranks: Int) -> Int { (experts * minimumCopies + ranks - 1) / ranks }

  /// - Throws: `InputError` (usage) if there are too few slots or ranks for `minimumCopies`, or more slots on a rank than
  ///   experts.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    let shape = context.shape
    try requireRoom(shape)
    try shape.requireDistinctExperts()
    var matching = RankMatching(ranks: shape.ranks, slotsPerRank: shape.slotsPerRank)
    let layers = (0..<shape.layers).map { layer in
      let copies = ResilientCopies(context.load[layer], shape: shape, minimum: minimumCopies)
      let rows = GroupedRanks(copies, shape: shape, minimum: minimumCopies).rows
      let plan = LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: rows.flatMap { $0 })
      matching.match(plan.physicalToLogical, to: context.current.layers[layer])
      return matching.relabelled(plan)
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }

  private func requireRoom(_ shape: PlacementShape) throws(InputError) {
    guard minimumCopies <= shape.ranks else {
      throw InputError(
        "minimumCopies: \(minimumCopies) copies on different ranks, of which there are \(shape.ranks)", status: .usage)
    }
    let least = leastSlotsPerRank(experts: shape.experts, ranks: shape.ranks)
    guard shape.slotsPerRank >= least else {
      throw InputError(
        "minimumCopies: \(minimumCopies) copies of \(shape.experts) experts need \(least) slots on each of "
          + "\(shape.ranks) ranks, there are \(shape.slotsPerRank)", status: .usage)
    }
  }
}
