/// Experts in the order of their ids, whatever their load: what runs without a balancer (`Placement.initial`).
///
/// - Complexity: O(layers · slots).
public struct StaticPlanner: PlacementPlanner {
  public init() {}

  public var needsLoad: Bool { false }

  public func plan(_ load: ExpertLoad, shape: PlacementShape, current: Placement) -> Placement { .initial(shape) }
}
