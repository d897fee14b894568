import Diagnostics

/// Gives the text of a file that a policy names; paths are relative to whatever the caller decides.
public typealias LoadFile = (String) throws -> String

/// Gives the load that a recording named by a policy counted.
public typealias LoadHistory = (String) throws -> ExpertLoad

/// What a balancer does: predict the load, plan a placement, decide when, and spread tokens over replicas.
///
/// Read from a YAML file with those four parts:
///
///     name: distribution-only
///     predictor: {kind: moving-average, window: 64}
///     planner: {kind: eplb, redundantSlots: 32}
///     schedule: {kind: every, steps: 64, migration: overlapped}
///     dispatch: {kind: even}
public struct BalancingPolicy: Sendable {
  public var name: String
  public var planner: any PlacementPlanner
  public var schedule: RebalanceSchedule
  /// Slots per layer that take the place of the planner's budget, as `plan --slots` asks.
  public var slotsOverride: Int?
  private var predictor: PredictorRecipe?
  private let dispatch: DispatchRecipe

  /// The baseline: contiguous experts to the end.
  public static let `static` = BalancingPolicy(
    name: "static", planner: StaticPlanner(), schedule: RebalanceSchedule(.never), predictor: nil,
    dispatch: EvenDispatch.recipe)

  init(
    name: String, planner: any PlacementPlanner, schedule: RebalanceSchedule, predictor: PredictorRecipe?,
    dispatch: @escaping DispatchRecipe
  ) {
    self.name = name
    self.planner = planner
    self.schedule = schedule
    self.predictor = predictor
    self.dispatch = dispatch
  }

  /// - Parameters:
  ///   - loadFile: gives the text of a plan that the policy names.
  ///   - loadHistory: gives the load of a recording that the policy names.
  /// - Throws: `InputError` with file and line for an unknown key or kind, a value out of range, or parts that do not
  ///   fit each other; whatever `loadFile` and `loadHistory` throw.
  public init(
    settings: Settings, loadFile: LoadFile,
    loadHistory: LoadHistory = { throw InputError("a recording cannot be read here", in: $0, status: .usage) }
  ) throws {
    name = try settings.string("name")
    planner = try PlannerRegistry.planner(settings.section("planner"), loadFile: loadFile)
    schedule = try RebalanceSchedule(settings: settings.section("schedule"))
    dispatch = try DispatchRegistry.recipe(settings.section("dispatch"))
    if let section = try settings.optionalSection("predictor") {
      predictor = try PredictorRegistry.recipe(section, loadHistory: loadHistory)
    } else {
      predictor = nil
    }
    try settings.rejectUnknownKeys()
    if planner.needsLoad, schedule.kind != .never { try checkPrediction(settings) }
  }

  private func checkPrediction(_ settings: Settings) throws(InputError) {
    guard let predictor else {
      throw settings.error("missing: a planner that goes by load needs a predictor", at: "predictor")
    }
    if schedule.startsAtOnce, !predictor.knowsBeforeStart {
      let message =
        "a plan before the first step needs a predictor that knows something by then (historical, oracle), or planner fixed"
      throw settings.error(message, at: "schedule")
    }
  }

  /// A fresh predictor for a trace of this shape; one that knows nothing if the policy has none.
  public func makePredictor(layers: Int, experts: Int) -> any LoadPredictor {
    predictor?.make(layers, experts) ?? NoPredictor()
  }

  /// What predicting costs at run time, per step and layer.
  public var predictionMicroseconds: Double { predictor?.overheadMicroseconds ?? 0 }

  /// - Throws: `InputError` if the policy learned from a recording of another shape, or its predictor has no room for
  ///   as many experts.
  public func checkFits(layers: Int, experts: Int) throws(InputError) {
    if let most = predictor?.maximumExperts, experts > most {
      throw InputError(
        "its predictor counts pairs of experts, of at most \(most) in a layer", in: "policy \(name)", status: .usage)
    }
    guard let history = predictor?.history else { return }
    guard history.load.layers == layers, history.load.experts == experts else {
      let found = "\(history.load.layers) layers of \(history.load.experts) experts"
      throw InputError("\(found), but the trace has \(layers) of \(experts)", in: history.name)
    }
  }

  /// The planner's placement; parameters as `PlacementPlanner.plan`.
  ///
  /// - Throws: what the planner throws, in the policy's name.
  public func plan(_ load: ExpertLoad, shape: PlacementShape, current: Placement) throws -> Placement {
    do {
      return try planner.plan(load, shape: shape, current: current)
    } catch let error as InputError {
      throw error.attributed(to: "policy \(name)")
    }
  }

  /// Scratch space of one thread that chooses replicas.
  public func makeDispatch() -> any ReplicaDispatch { dispatch() }

  /// False when the predictor looks at steps that are not over.
  public var isCausal: Bool { predictor?.isCausal ?? true }

  /// The same planner, schedule and dispatch, told the load of each coming interval: what this policy's prediction is
  /// measured against. Nil when it predicts nothing, or looks ahead itself.
  public var foreseen: BalancingPolicy? {
    guard isCausal, planner.needsLoad, schedule.kind != .never else { return nil }
    var twin = self
    twin.name = "\(name) (oracle)"
    twin.predictor = OraclePredictor.recipe
    return twin
  }

  /// Slots per layer: a multiple of `ranks`, at least `experts`.
  ///
  /// - Throws: `InputError` (usage) that names the nearest number that would do.
  public func slots(experts: Int, ranks: Int) throws(InputError) -> Int {
    do throws(InputError) {
      guard let slotsOverride else { return try planner.slotBudget.slots(experts: experts, ranks: ranks) }
      guard slotsOverride == experts || planner.slotBudget != .onePerExpert else {
        let message = "\(slotsOverride) slots for \(experts) experts, but this planner makes no replicas"
        throw InputError(message, status: .usage)
      }
      return try SlotBudget.total(slotsOverride).slots(experts: experts, ranks: ranks)
    } catch {
      throw error.attributed(to: "policy \(name)")
    }
  }
}
