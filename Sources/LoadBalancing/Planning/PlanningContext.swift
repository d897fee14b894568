/// What a planner goes by; what it did not ask for may be missing.
public struct PlanningContext: Sendable {
  /// `[layers][experts]` expected tokens, up to scale; zeros for a planner that does not need them.
  public var load: ExpertLoad
  /// What there is to fill.
  public var shape: PlacementShape
  /// The placement in force, which a planner may start from; it may have other slots than `shape`.
  public var current: Placement
  /// Which experts were chosen together in the steps that are over; nil where that was not counted.
  public var coactivation: Coactivation?
  /// What the machine takes for a layer of a step; nil where no machine is known.
  public var price: PlacementPrice?
  /// The load of the steps that `load` was made of, one window each, oldest first; empty where only their sum is known.
  public var windows: [ExpertLoad] = []
  /// Where the expected tokens start; nil where that was not counted.
  public var sources: SourceLoad?
  /// What moving experts costs; nil where that is not known, and where a plan is deployed with the model, so that
  /// nothing moves.
  public var moves: MoveOutlook?
  /// Tries placements on recent steps; nil where there are none at hand.
  public var trial: PlacementTrial?
  /// That plan, if the planner can do with several; the plan is the same on any number.
  public var threads = 1
  /// Those of policies with the same planner on the same machine; nil for a policy of its own.
  package var searches: AffinitySearches?
  /// The system that has to express the plan.
  public var target: ServingTarget

  /// - Parameter current: contiguous when nil.
  public init(
    load: ExpertLoad, shape: PlacementShape, current: Placement? = nil, coactivation: Coactivation? = nil,
    price: PlacementPrice? = nil, moves: MoveOutlook? = nil, target: ServingTarget = .any
  ) {
    self.load = load
    self.shape = shape
    self.current = current ?? .contiguous(shape)
    self.coactivation = coactivation
    self.price = price
    self.moves = moves
    self.target = target
  }
}

/// The parts of a `PlanningContext` that a planner depends on.
public struct PlanningNeeds: OptionSet, Sendable {
  public let rawValue: Int

  public init(rawValue: Int) { self.rawValue = rawValue }

  /// The expected load, so that the policy needs a predictor.
  public static let load = PlanningNeeds(rawValue: 1)
  /// Which experts are chosen together, so that layers have at most `Coactivation.maximumExperts`.
  public static let coactivation = PlanningNeeds(rawValue: 2)
  /// What a layer costs, so that a plan needs a recording and its machine.
  public static let price = PlanningNeeds(rawValue: 4)
  /// The steps that the expected load was made of, one by one.
  public static let windows = PlanningNeeds(rawValue: 8)
  /// On which ranks the expected tokens start.
  public static let sources = PlanningNeeds(rawValue: 16)
  /// What a layer and its moves cost, where a machine is known; without one the planner goes by load.
  public static let costs = PlanningNeeds(rawValue: 32)
  /// Recent steps to try placements on, where there are any.
  public static let trials = PlanningNeeds(rawValue: 64)

  /// Whether a load alone will not do, and the steps of a recording are needed.
  package var takeRecording: Bool { !isDisjoint(with: [.coactivation, .price, .sources]) }
}
