import Diagnostics

/// The planners that a policy can name.
enum PlannerRegistry {
  private static let kinds: [String: @Sendable (Settings, LoadFile) throws -> any PlacementPlanner] = [
    "static": { _, _ in StaticPlanner() },
    "greedy": { _, _ in GreedyPlanner() },
    "eplb": { settings, _ in EPLBPlanner(slotBudget: try SlotBudget(settings: settings)) },
    "fractional": { settings, _ in FractionalPlanner(slotBudget: try SlotBudget(settings: settings)) },
    "duplicate-hottest": { settings, _ in try DuplicateHottestPlanner(settings: settings) },
    "incremental": { settings, _ in try IncrementalPlanner(settings: settings) },
    "affinity": { _, _ in AffinityPlanner() },
    "striped": { _, _ in StripedPlanner() },
    "random": { settings, _ in try RandomPlanner(settings: settings) },
    "fixed": { settings, loadFile in try FixedPlanner(settings: settings, loadFile: loadFile) },
  ]

  static func planner(_ settings: Settings, loadFile: LoadFile) throws -> any PlacementPlanner {
    guard let read = kinds[try settings.choice("kind", of: kinds.keys)] else {
      preconditionFailure("a choice is one of the registry's keys")
    }
    let planner = try read(settings, loadFile)
    let isPerLayer = try isPerLayer(settings, planner)
    try settings.rejectUnknownKeys()
    return isPerLayer ? LayerBudgetPlanner(planner) : planner
  }

  /// `budget: per-layer`, for planners that make replicas.
  private static func isPerLayer(_ settings: Settings, _ planner: any PlacementPlanner) throws(InputError) -> Bool {
    guard settings.contains("budget") else { return false }
    let isPerLayer = try settings.choice("budget", of: ["uniform", "per-layer"]) == "per-layer"
    switch planner.slotBudget {
    case .redundant, .redundantPerRank: return isPerLayer
    case .onePerExpert, .total: throw settings.error("this planner makes no replicas of its own", at: "budget")
    }
  }
}
