import Diagnostics

/// Experts in the order of their ids, whatever their load: what runs without a balancer (`Placement.initial`). Slots beyond
/// the experts hold the first of them again.
///
/// - Complexity: O(layers · slots).
public struct StaticPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget

  public init(slotBudget: SlotBudget = .onePerExpert) { self.slotBudget = slotBudget }

  /// Reads `redundantSlots` or `redundantSlotsPerRank`; one slot for each expert without.
  init(settings: Settings) throws(InputError) {
    let isStated = settings.contains("redundantSlots") || settings.contains("redundantSlotsPerRank")
    self.init(slotBudget: isStated ? try SlotBudget(settings: settings) : .onePerExpert)
  }

  public var needs: PlanningNeeds { [] }

  public func plan(_ context: PlanningContext) -> Placement { .initial(context.shape) }
}
