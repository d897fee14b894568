import Diagnostics

/// When a policy plans anew, and how its plans are put in force.
public struct RebalanceSchedule: Equatable, Sendable {
  /// Numbers of steps are 1 or more, but for `from`, which may be 0.
  public enum Kind: Equatable, Sendable {
    /// The static placement to the end.
    case never
    /// One plan, in force from the first step, as deployed with it.
    case initial
    /// One plan after this many steps.
    case once(at: Int)
    /// A plan every so many steps, first after `from` steps, or as many when nil.
    case every(steps: Int, from: Int? = nil)
    /// A look every `checkEvery` steps, and a plan when the placement in force is predicted to be less even than this.
    case threshold(balancedness: Double, checkEvery: Int)
    /// Round after round: the load of `collect` steps, `plan` steps until there is a plan, then a layer a step, or
    /// `layersPerStep`; then all over again, with nothing counted.
    case cycle(collect: Int, plan: Int)
    /// Every layer of every step, after the gate, by an exact planner; experts stay at home.
    case everyLayer(LayerCharge)
  }

  public var kind: Kind
  public var migration: MigrationRule

  /// Layers that change in one step at most, as TensorRT-LLM's `layer_updates_per_iter`; nil for all at once.
  public var layersPerStep: Int?
  /// A plan is dropped unless it lowers the predicted load of the hottest ranks by at least this fraction.
  public var minimumGain: Double

  /// Steps that a plan takes to be made: its experts begin to move so many steps after it was due.
  public var planSteps = 0
  /// A plan that is due is not made if the mean balancedness of ranks since the last one was due is above this.
  public var unlessBalanced: Double?
  /// Whether every interval counts its own load alone.
  private var clearsLoad = false

  public init(
    _ kind: Kind, migration: MigrationRule = .blocking, layersPerStep: Int? = nil, minimumGain: Double = 0
  ) {
    self.kind = kind
    self.migration = migration
    self.layersPerStep = layersPerStep
    self.minimumGain = minimumGain
  }

  public init(settings: Settings) throws(InputError) {
    kind = try settings.choice("kind", of: Schedules.registry)(settings)
    migration = try MigrationRule(settings: settings, key: "migration")
    layersPerStep = try settings.optionalInteger("layersPerStep", in: 1...65_536)
    minimumGain = try settings.optionalNumber("minimumGain", in: 0...1) ?? 0
    planSteps = try settings.optionalInteger("planSteps", in: 0...Schedules.steps.upperBound) ?? 0
    unlessBalanced = try settings.optionalNumber("unlessBalanced", in: 0...1)
    try settings.rejectUnknownKeys()
    if case .everyLayer = kind, let key = Self.keysOfMoves.first(where: settings.contains) {
      throw settings.error("a plan of every layer moves nothing for good", at: key)
    }
    if case .cycle = kind, settings.contains("planSteps") {
      throw settings.error("a cycle says in 'plan' how many steps a plan takes", at: "planSteps")
    }
    if let contradiction { throw settings.error(contradiction, at: "migration") }
  }

  private static let keysOfMoves = ["migration", "layersPerStep", "minimumGain", "planSteps", "unlessBalanced"]

  /// What a policy file could not have.
  var contradiction: String? {
    var takesSteps = planSteps > 0
    if case .cycle = kind { takesSteps = true }
    guard takesSteps, migration.onBusy == .replace else { return nil }
    return "onBusy: replace: a plan that takes steps to be made waits for the one on its way"
  }

  /// The same schedule for a model of so many layers: a cycle comes round when its last layer is in force.
  public func fitted(toLayers layers: Int) -> RebalanceSchedule {
    guard case .cycle(let collect, let plan) = kind else { return self }
    var fitted = self
    fitted.layersPerStep = layersPerStep ?? 1
    fitted.planSteps = plan
    let change = (layers - 1) / (layersPerStep ?? 1) + 1
    fitted.kind = .every(steps: collect + plan + change, from: collect)
    fitted.clearsLoad = true
    return fitted
  }

  /// Whether the predictor forgets all that it has seen when `over` steps are over.
  public func isCleared(afterStep over: Int) -> Bool {
    guard clearsLoad, case .every(let steps, _) = kind else { return false }
    return over % steps == 0
  }

  /// Whether a plan is due when `over` steps are over; 0 is before the first.
  public func isDue(afterStep over: Int) -> Bool {
    switch kind {
    case .never: false
    case .initial: over == 0
    case .once(let at): over == at
    case .every(let steps, let from): over >= from ?? steps && (over - (from ?? steps)) % steps == 0
    case .threshold(_, let checkEvery): over > 0 && over % checkEvery == 0
    case .everyLayer: false
    case .cycle: preconditionFailure("a cycle is fitted to the layers first")
    }
  }

  /// Steps over at the first plan later than `over`, nil if there is none: how far a plan made at `over` has to reach.
  public func nextDue(afterStep over: Int) -> Int? {
    switch kind {
    case .never, .initial, .everyLayer: nil
    case .once(let at): over < at ? at : nil
    case .every(let steps, let from):
      over < from ?? steps ? from ?? steps : over + steps - (over - (from ?? steps)) % steps
    case .threshold(_, let checkEvery): (over / checkEvery + 1) * checkEvery
    case .cycle: preconditionFailure("a cycle is fitted to the layers first")
    }
  }

  /// Whether the placement in force is uneven enough under `load` for a new plan.
  public func isWanted(for load: ExpertLoad, current: Placement) -> Bool {
    guard case .threshold(let balancedness, _) = kind else { return true }
    let peaks = Self.peaks(of: current, load)
    let mean = load.values.reduce(0, +) / Double(current.ranks)
    return mean < balancedness * peaks
  }

  /// Mean over max tokens of a rank, summed over layers: what `threshold` goes by; 1 without load.
  package static func balancedness(of placement: Placement, _ load: ExpertLoad) -> Double {
    let peaks = peaks(of: placement, load)
    return peaks > 0 ? load.values.reduce(0, +) / Double(placement.ranks) / peaks : 1
  }

  /// Whether `plan` is enough better than the placement in force under `load` to be moved to.
  public func isWorthMoving(to plan: Placement, from current: Placement, load: ExpertLoad) -> Bool {
    guard minimumGain > 0 else { return true }
    let before = Self.peaks(of: current, load)
    return before > 0 && 1 - Self.peaks(of: plan, load) / before >= minimumGain
  }

  /// Tokens of the most loaded rank, summed over layers.
  private static func peaks(of placement: Placement, _ load: ExpertLoad) -> Double {
    placement.layers.indices.reduce(0) { $0 + (placement.layers[$1].rankLoads(of: load[$1]).max() ?? 0) }
  }

  /// Whether all that serves is decided before the first step: nothing is moved on the way.
  public var isDecidedAtOnce: Bool {
    switch kind {
    case .never, .initial, .everyLayer: true
    case .once, .every, .threshold, .cycle: false
    }
  }

  /// Whether the placement of the beginning stays to the end.
  public var keepsPlacement: Bool { kind == .never || charge != nil }

  /// What every layer waits for; nil for a schedule that does not plan after the gate.
  public var charge: LayerCharge? {
    if case .everyLayer(let charge) = kind { charge } else { nil }
  }

  /// Whether a plan is due before any step is over.
  public var startsAtOnce: Bool {
    if case .cycle = kind { return false }
    return isDue(afterStep: 0)
  }
}
