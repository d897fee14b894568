import Diagnostics

/// A placement that was planned elsewhere, in any format that `plan --to` writes; see `PlanFormats`.
public struct FixedPlanner: PlacementPlanner {
  public let plan: WrittenPlan

  public init(_ plan: WrittenPlan) { self.plan = plan }

  init(settings: Settings, loadPlan: LoadPlan) throws { self.init(try loadPlan(try settings.path("file"))) }

  /// The slots of the longest row.
  public var slotBudget: SlotBudget { .total(plan.slots) }
  public var needs: PlanningNeeds { [] }
  public var isGiven: Bool { true }

  /// - Throws: `InputError` if the plan is for other ranks, lacks a layer or an expert, or has other slots than asked
  ///   for.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    try plan.placement(for: context.shape)
  }
}
