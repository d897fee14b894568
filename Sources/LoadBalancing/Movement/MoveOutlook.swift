/// What it costs to change a layer's placement, and for how long the change serves: what a planner weighs against the
/// time that it saves in every step.
///
///     worth = saving · (horizon − steps on the way) − wait
public struct MoveOutlook: Sendable {
  /// What one layer's change costs.
  public struct Cost: Equatable, Sendable {
    /// Microseconds by which the model is held up: all of a blocking move, and of one beside the model what it takes
    /// from the model's own traffic.
    public var wait: Double
    /// Steps until the layer's experts are there, when nothing else moves before them. The old placement serves
    /// meanwhile.
    public var steps: Double

    public static let none = Cost(wait: 0, steps: 0)

    public init(wait: Double, steps: Double) {
      self.wait = wait
      self.steps = steps
    }
  }

  /// Steps for which a change may serve, from the first in which a plan made now may.
  public var horizon: Double
  /// What it costs to change one placement of a layer into another; the layer by its index in the trace.
  public var cost: @Sendable (_ layer: Int, _ old: LayerPlacement, _ new: LayerPlacement) -> Cost

  public init(
    horizon: Double,
    cost: @escaping @Sendable (_ layer: Int, _ old: LayerPlacement, _ new: LayerPlacement) -> Cost
  ) {
    self.horizon = horizon
    self.cost = cost
  }
}

/// The changes of a plan, layer after layer as they are sent: each begins to serve when it and all before it are there.
struct MoveQueue {
  private let outlook: MoveOutlook
  private var steps = 0.0

  init(_ outlook: MoveOutlook) { self.outlook = outlook }

  /// Chooses what a layer becomes, and lines its move up.
  ///
  /// - Parameters:
  ///   - layer: by its index in the trace.
  ///   - times: microseconds of a step with each placement.
  ///   - inForce: what serves until the move is over, and microseconds of a step with it.
  /// - Returns: the place of the placement that is worth most, the first among equals; nil where staying is.
  mutating func choose(
    for layer: Int, among placements: [LayerPlacement], times: [Double],
    inForce: (placement: LayerPlacement, time: Double)
  ) -> Int? {
    var best = (worth: 0.0, place: Int?.none, steps: 0.0)
    for (place, placement) in placements.enumerated() where times[place] < inForce.time {
      let cost = outlook.cost(layer, inForce.placement, placement)
      let served = max(0, outlook.horizon - steps - cost.steps)
      let worth = (inForce.time - times[place]) * served - cost.wait
      if worth > best.worth { best = (worth, place, cost.steps) }
    }
    steps += best.steps
    return best.place
  }
}
