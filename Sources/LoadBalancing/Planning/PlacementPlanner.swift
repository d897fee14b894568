/// Decides the expert of every slot from what is known when a plan is due.
public protocol PlacementPlanner: Sendable {
  /// How many slots the planner is given.
  var slotBudget: SlotBudget { get }
  /// What the plan depends on: a replay gathers nothing that its planner does not need.
  var needs: PlanningNeeds { get }
  /// What its plans may have that not every serving system can express.
  var liberties: PlanLiberties { get }
  /// Whether its plans are made elsewhere and stay as they are, whatever the target can express.
  var isGiven: Bool { get }
  /// Slots on a rank below which it refuses to plan.
  func leastSlotsPerRank(experts: Int, ranks: Int) -> Int
  /// What plans in its place, layer by layer, when the gate has decided; nil for a planner of placements.
  var exact: (any ExactPlanner)? { get }
  /// - Returns: `context.shape.layers` layers over `context.shape.ranks` ranks, in which every expert has a slot.
  func plan(_ context: PlanningContext) throws -> Placement
  /// The same, of a planner that goes by its plans before; the others keep no memory.
  ///
  /// - Parameter memory: of the plans before in the same replay.
  func plan(_ context: PlanningContext, memory: inout PlanMemory) throws -> Placement
}

extension PlacementPlanner {
  public var slotBudget: SlotBudget { .onePerExpert }
  public var needs: PlanningNeeds { .load }
  public var liberties: PlanLiberties { .doubles }
  public var isGiven: Bool { false }
  public var exact: (any ExactPlanner)? { nil }

  public func leastSlotsPerRank(experts: Int, ranks: Int) -> Int { (experts + ranks - 1) / ranks }

  public func plan(_ context: PlanningContext, memory: inout PlanMemory) throws -> Placement { try plan(context) }
}
