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
  }

  public var kind: Kind
  public var migration: MigrationRule

  /// Layers that change in one step at most, as TensorRT-LLM's `layer_updates_per_iter`; nil for all at once.
  public var layersPerStep: Int?
  /// A plan is dropped unless it lowers the predicted load of the hottest ranks by at least this fraction.
  public var minimumGain: Double

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
    try settings.rejectUnknownKeys()
  }

  /// Whether a plan is due when `over` steps are over; 0 is before the first.
  public func isDue(afterStep over: Int) -> Bool {
    switch kind {
    case .never: false
    case .initial: over == 0
    case .once(let at): over == at
    case .every(let steps, let from): over >= from ?? steps && (over - (from ?? steps)) % steps == 0
    case .threshold(_, let checkEvery): over > 0 && over % checkEvery == 0
    }
  }

  /// Steps over at the first plan later than `over`, nil if there is none: how far a plan made at `over` has to reach.
  public func nextDue(afterStep over: Int) -> Int? {
    switch kind {
    case .never, .initial: nil
    case .once(let at): over < at ? at : nil
    case .every(let steps, let from):
      over < from ?? steps ? from ?? steps : over + steps - (over - (from ?? steps)) % steps
    case .threshold(_, let checkEvery): (over / checkEvery + 1) * checkEvery
    }
  }

  /// Whether the placement in force is uneven enough under `load` for a new plan.
  public func isWanted(for load: ExpertLoad, current: Placement) -> Bool {
    guard case .threshold(let balancedness, _) = kind else { return true }
    let peaks = Self.peaks(of: current, load)
    let mean = load.values.reduce(0, +) / Double(current.ranks)
    return mean < balancedness * peaks
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

  /// Whether a plan is due before any step is over.
  public var startsAtOnce: Bool { isDue(afterStep: 0) }
}
