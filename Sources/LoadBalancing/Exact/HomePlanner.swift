import Diagnostics

/// What an exact planner is to the other parts of a policy: its experts stay at home, in contiguous blocks.
public struct HomePlanner: PlacementPlanner {
  public let exact: (any ExactPlanner)?

  public init(_ exact: any ExactPlanner) { self.exact = exact }

  public var needs: PlanningNeeds { [] }

  /// - Throws: `InputError` (usage): there is no placement to plan.
  public func plan(_ context: PlanningContext) throws(InputError) -> Placement {
    throw InputError(
      "an exact planner plans each layer of each step when the gate has decided: it has no placement to write",
      status: .usage)
  }
}
