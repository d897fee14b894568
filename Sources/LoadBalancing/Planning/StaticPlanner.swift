/// Experts in the order of their ids, whatever their load: what runs without a balancer (`Placement.initial`).
///
/// - Complexity: O(layers · slots).
public struct StaticPlanner: PlacementPlanner {
  public init() {}

  public var needs: PlanningNeeds { [] }

  public func plan(_ context: PlanningContext) -> Placement { .initial(context.shape) }
}
