/// Contiguous blocks of experts, whatever their load: what runs without a balancer.
///
/// - Complexity: O(layers · slots).
public struct StaticPlanner: PlacementPlanner {
  public init() {}

  public var needsLoad: Bool { false }

  public func plan(_ load: ExpertLoad, shape: PlacementShape, current: Placement) -> Placement { .contiguous(shape) }
}
