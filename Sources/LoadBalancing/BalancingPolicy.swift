import Diagnostics
import ExpertCache

/// Gives the plan in a file that a policy names.
public typealias LoadPlan = (_ path: String) throws -> WrittenPlan

/// Gives the load that a recording named by a policy counted.
public typealias LoadHistory = (_ path: String) throws -> ExpertLoad

/// What a balancer does: predict the load, plan a placement, decide when, and spread tokens over replicas.
///
/// Made of those four parts:
///
///     let policy = try BalancingPolicy(
///       name: "mine", planner: EPLBPlanner(slotBudget: .redundant(32)),
///       predictor: MovingAveragePredictor.recipe(window: 64),
///       schedule: RebalanceSchedule(.every(steps: 64), migration: .overlapped), dispatch: EvenDispatch.init)
///
/// or read from a YAML file that holds them:
///
///     name: mine
///     predictor: {kind: moving-average, window: 64}
///     planner: {kind: eplb, redundantSlots: 32}
///     schedule: {kind: every, steps: 64, migration: overlapped}
///     dispatch: {kind: even}
///
/// and, where a serving system has to express its plans, `target: sglang`, where shared experts serve other ranks'
/// tokens, `sharedExpert: waterfill`, and where not all experts fit, `cache: {memory: 18 GB, replacement: {kind: lru}}`.
public struct BalancingPolicy: Sendable {
  public var name: String
  public let planner: any PlacementPlanner
  /// Nil for a policy that never asks.
  public package(set) var predictor: PredictorRecipe?
  public package(set) var schedule: RebalanceSchedule
  public package(set) var dispatch: DispatchRecipe
  /// Nil where every rank runs the shared experts on its own tokens.
  public let sharedExpert: SharedExpertRecipe?
  /// Which experts a rank has at hand; nil where all of its slots' are.
  public private(set) var cache: CacheRecipe?
  /// How many slots the planner fills: its own budget, unless another number is tried.
  public var slotBudget: SlotBudget
  /// The system that has to express the plans; planners optimise for what it can.
  public private(set) var target: ServingTarget
  /// Shared by policies with the same planner that are replayed on the same machine; nil for a policy of its own.
  package var searches: AffinitySearches?

  /// The baseline: contiguous experts to the end.
  public static let `static` = BalancingPolicy(
    unchecked: "static", planner: StaticPlanner(), predictor: nil, schedule: RebalanceSchedule(.never),
    dispatch: EvenDispatch.init, sharedExpert: nil, cache: nil, target: .any)

  /// - Parameters:
  ///   - name: as results call it.
  ///   - planner: one of ours, or your own.
  ///   - predictor: needed by a planner that goes by load, unless the schedule is `.never`.
  ///   - dispatch: makes the rule that chooses among replicas, such as `WeightedDispatch.init` for planners whose
  ///     shares differ.
  ///   - sharedExpert: chooses the rank of each token's visit to the shared experts.
  ///   - cache: for ranks that do not have room for all their experts; goes with plans made before the first step.
  ///   - target: the system that has to express the plans, from `ServingTarget.registry`.
  /// - Throws: `InputError` (usage) for parts that do not fit each other, or a schedule of less than one step.
  public init(
    name: String, planner: any PlacementPlanner, predictor: PredictorRecipe? = nil, schedule: RebalanceSchedule,
    dispatch: @escaping DispatchRecipe = EvenDispatch.init, sharedExpert: SharedExpertRecipe? = nil,
    cache: CacheRecipe? = nil, target: ServingTarget = .any
  ) throws(InputError) {
    self.init(
      unchecked: name, planner: planner, predictor: predictor, schedule: schedule, dispatch: dispatch,
      sharedExpert: sharedExpert, cache: cache, target: target)
    try attributing("policy \(name)") { () throws(InputError) in try schedule.check() }
    if let mismatch {
      throw InputError("\(mismatch.part): \(mismatch.message)", in: "policy \(name)", status: .usage)
    }
  }

  private init(
    unchecked name: String, planner: any PlacementPlanner, predictor: PredictorRecipe?, schedule: RebalanceSchedule,
    dispatch: @escaping DispatchRecipe, sharedExpert: SharedExpertRecipe?, cache: CacheRecipe?, target: ServingTarget
  ) {
    self.target = target
    self.cache = cache
    self.sharedExpert = sharedExpert
    self.name = name
    self.planner = planner
    self.predictor = predictor
    self.schedule = schedule
    self.dispatch = dispatch
    slotBudget = planner.slotBudget
  }

  /// - Parameters:
  ///   - loadPlan: gives a plan that the policy names.
  ///   - loadHistory: gives the load of a recording that the policy names.
  /// - Throws: `InputError` with file and line for an unknown key or kind, a value out of range, or parts that do not
  ///   fit each other; whatever `loadPlan` and `loadHistory` throw.
  public init(
    settings: Settings,
    loadPlan: LoadPlan = { throw InputError("a plan cannot be read here", in: $0, status: .usage) },
    loadHistory: LoadHistory = { throw InputError("a recording cannot be read here", in: $0, status: .usage) }
  ) throws {
    self.init(
      unchecked: try settings.string("name"),
      planner: try Planners.planner(settings.section("planner"), loadPlan: loadPlan),
      predictor: try settings.optionalSection("predictor").map {
        try Predictors.recipe($0, loadHistory: loadHistory)
      },
      schedule: try RebalanceSchedule(settings: settings.section("schedule")),
      dispatch: try DispatchRules.recipe(settings.section("dispatch")),
      sharedExpert: try SharedExpertRecipe(settings: settings, key: "sharedExpert"),
      cache: try settings.optionalSection("cache").map(CacheRecipe.init(settings:)),
      target: settings.contains("target") ? try settings.choice("target", of: ServingTarget.registry) : .any)
    try settings.rejectUnknownKeys()
    if let mismatch { throw settings.error(mismatch.message, at: mismatch.part) }
  }

  /// The part that does not fit the others, and why.
  private var mismatch: (part: String, message: String)? {
    if let exactMismatch { return exactMismatch }
    if cache != nil, !schedule.isDecidedAtOnce || planner.exact != nil {
      return (
        "cache", "experts come on demand, so that plans are made before the first step: schedule never or initial"
      )
    }
    if !target.allowsBudgets, planner.liberties.contains(.budgets) {
      return ("planner", "budget: per-layer, but \(target.name) has as many slots in every layer")
    }
    if dispatch().shownLoad == .prediction, predictor == nil || schedule.kind == .never {
      return ("dispatch", "from: prediction: needs a predictor, and a schedule that asks it")
    }
    guard planner.needs.contains(.load), schedule.kind != .never else { return nil }
    guard let predictor else { return ("predictor", "missing: a planner that goes by load needs a predictor") }
    guard schedule.startsAtOnce, !predictor.knowsBeforeStart else { return nil }
    let message = "a plan before the first step needs a predictor that knows something by then"
    return ("schedule", "\(message) (historical, oracle), or planner fixed")
  }

  /// An exact planner, a schedule of every layer and a dispatch as planned: all three or none.
  private var exactMismatch: (part: String, message: String)? {
    let isExact = planner.exact != nil
    let together = "exact planners, schedule every-layer and dispatch planned go together"
    if isExact != (schedule.charge != nil) {
      return ("schedule", "\(together): this planner is \(isExact ? "" : "not ")exact")
    }
    if isExact != dispatch().followsExactPlan {
      return ("dispatch", "\(together): this planner is \(isExact ? "" : "not ")exact")
    }
    guard isExact else { return nil }
    if predictor != nil { return ("predictor", "an exact planner goes by the step's own visits, not by a forecast") }
    if target != .any { return ("target", "an exact planner makes no plan that \(target.name) could be given") }
    return nil
  }

  /// The same policy with its plans for a serving system.
  ///
  /// - Throws: `InputError` (usage) for a target that has as many slots in every layer where the planner's layers differ.
  public func serving(_ target: ServingTarget) throws(InputError) -> BalancingPolicy {
    var policy = self
    policy.target = target
    if let mismatch = policy.mismatch {
      throw InputError("\(mismatch.part): \(mismatch.message)", in: "policy \(name)", status: .usage)
    }
    return policy
  }

  /// The same policy with room for so many experts of any layer on a rank.
  ///
  /// - Precondition: it has a cache.
  package func holding(_ experts: Int) -> BalancingPolicy {
    precondition(cache != nil)
    var policy = self
    policy.name = "\(name) with \(experts)"
    policy.cache?.room = .experts(experts)
    return policy
  }

  /// The same policy with its schedule for so many layers.
  package func fitted(toLayers layers: Int) -> BalancingPolicy {
    var fitted = self
    fitted.schedule = schedule.fitted(toLayers: layers)
    return fitted
  }

  /// A fresh predictor for a trace of this shape; one that knows nothing if the policy has none.
  public func makePredictor(layers: Int, experts: Int) -> any LoadPredictor {
    predictor?.make(layers, experts) ?? NoPredictor()
  }

  /// What predicting costs at run time, and what rules ask and solve before tokens go, per step and layer.
  public var predictionMicroseconds: Double {
    (predictor?.overheadMicroseconds ?? 0) + dispatch().overheadMicroseconds + (sharedExpert?.overheadMicroseconds ?? 0)
      + (cache?.prefetch?.overheadMicroseconds ?? 0)
  }

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

  /// The planner's placement, as the policy's target can express it (`TargetFit`).
  ///
  /// - Throws: what the planner throws, in the policy's name; `InputError` (usage) for a given plan that the target cannot
  ///   express.
  public func plan(_ context: PlanningContext) throws -> Placement {
    var memory = PlanMemory()
    return try plan(context, memory: &memory)
  }

  /// The same with what the planner kept of its plans before.
  package func plan(_ context: PlanningContext, memory: inout PlanMemory) throws -> Placement {
    try plan(context, memory: &memory) { $0 }
  }

  /// The same with equal shares in place of what the planner says.
  package func planWithoutShares(_ context: PlanningContext) throws -> Placement {
    var memory = PlanMemory()
    return try plan(context, memory: &memory) { plan in
      let layers = plan.layers.map {
        LayerPlacement(experts: $0.experts, ranks: $0.ranks, physicalToLogical: $0.physicalToLogical)
      }
      return Placement(ranks: plan.ranks, layers: layers)
    }
  }

  private func plan(
    _ context: PlanningContext, memory: inout PlanMemory, change: (Placement) -> Placement
  ) throws -> Placement {
    var context = context
    context.target = target
    context.searches = searches
    do {
      let plan = change(try planner.plan(context, memory: &memory))
      let fitted = planner.isGiven ? plan : try TargetFit(context).fitted(plan)
      if let objection = target.objection(to: fitted, numbers: context.shape.layerNumbers) { throw objection }
      return fitted
    } catch let error as InputError {
      throw error.attributed(to: "policy \(name)")
    }
  }

  /// Scratch space of one thread that chooses replicas.
  public func makeDispatch() -> any ReplicaDispatch { dispatch() }

  /// False when the predictor or the cache looks at steps that are not over.
  public var isCausal: Bool { predictsCausally && cache?.looksAhead != true }

  /// False when the predictor looks at steps that are not over.
  package var predictsCausally: Bool { predictor?.isCausal ?? true }

  /// Whether what a layer comes to does not depend on any other: nothing moves on the way, and no room is shared.
  package var hasLayersApart: Bool { schedule.isDecidedAtOnce && cache == nil }

  /// The same planner, schedule and dispatch, told the load of each coming interval: what this policy's prediction is
  /// measured against. Nil when it predicts nothing, looks ahead itself, or goes by where tokens start, which the oracle
  /// does not tell.
  public var foreseen: BalancingPolicy? {
    guard isCausal, planner.needs.contains(.load), schedule.kind != .never else { return nil }
    guard !planner.needs.contains(.sources) else { return nil }
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
      if planner.slotBudget == .onePerExpert {
        let slots = slotBudget.wanted(experts: experts, ranks: ranks)
        guard [experts, planner.slotBudget.wanted(experts: experts, ranks: ranks)].contains(slots) else {
          throw InputError("\(slots) slots for \(experts) experts, but this planner makes no replicas", status: .usage)
        }
      }
      return try slotBudget.slots(experts: experts, ranks: ranks)
    } catch {
      throw error.attributed(to: "policy \(name)")
    }
  }
}
