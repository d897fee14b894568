import Diagnostics

/// The planners that a policy file can name, each with how it is read from its section.
public enum Planners {
  public typealias Reader = @Sendable (Settings, LoadPlan) throws -> any PlacementPlanner

  public static let registry = Registry<Reader>(
    "planner",
    [
      .init("static", "contiguous blocks") { settings, _ in try StaticPlanner(settings: settings) },
      .init("striped", "expert e on rank e mod ranks") { _, _ in StripedPlanner() },
      .init("random", "shuffled") { settings, _ in try RandomPlanner(settings: settings) },
      .init("greedy", "longest processing time first; no replicas") { _, _ in GreedyPlanner() },
      .init("eplb", "DeepSeek's EPLB, hierarchical or global") { settings, _ in
        EPLBPlanner(slotBudget: try SlotBudget(settings: settings))
      },
      .init("vllm", "vLLM's default: EPLB with shares and sums in double precision") { settings, _ in
        VLLMPlanner(slotBudget: try SlotBudget(settings: settings))
      },
      .init("duplicate-hottest", "MoE-GPS algorithm 1: copy from the hottest rank to the coldest") { settings, _ in
        try DuplicateHottestPlanner(settings: settings)
      },
      .init("fractional", "splittable packing with unequal shares") { settings, _ in
        FractionalPlanner(slotBudget: try SlotBudget(settings: settings))
      },
      .init("even-share", "equal shares and no expert twice on a rank") { settings, _ in
        EvenSharePlanner(slotBudget: try SlotBudget(settings: settings))
      },
      .init("incremental", "the few exchanges that help most, from the placement in force") { settings, _ in
        try IncrementalPlanner(settings: settings)
      },
      .init("flashlb", "FlashLB: by means and covariances of windows, a search for replicas") { settings, _ in
        try FlashPlanner(settings: settings)
      },
      .init("swift", "SwiftBalancer: copies and exchanges, one for each pair of ranks") { settings, _ in
        try SwiftPlanner(settings: settings)
      },
      .init("biased", "ATOM's: the hottest experts on every rank") { settings, _ in
        ATOMPlanner(.biased, slotBudget: try SlotBudget(settings: settings))
      },
      .init("naive", "ATOM's: replicas of the hottest, packed longest first") { settings, _ in
        ATOMPlanner(.naive, slotBudget: try SlotBudget(settings: settings))
      },
      .init("tensorrt", "TensorRT-LLM's, by load or by what is chosen together, too") { settings, _ in
        try TensorRTPlanner(settings: settings)
      },
      .init("resilient", "Lazarus's: copies on different ranks, in groups that fail together") { settings, _ in
        try ResilientPlanner(settings: settings)
      },
      .init("clique", "Quiver's: the hottest experts in every node, the others once") { settings, _ in
        try CliquePlanner(settings: settings)
      },
      .init("rank-cost", "SGLang's: every expert where its tokens come cheapest; no replicas") { settings, _ in
        try RankCostPlanner(settings: settings)
      },
      .init("affinity", "experts chosen together share a rank, as far as the machine's price says") { _, _ in
        AffinityPlanner()
      },
      .init("best", "the cheapest of all others and of a local search, with moves priced in") { settings, _ in
        BestPlanner(slotBudget: try SlotBudget(settings: settings))
      },
      .init("fixed", "a plan made elsewhere", FixedPlanner.init(settings:loadPlan:)),
      .init("exact-home-groups", "MoonEP's, after the gate: every rank the same, filled by one home rank") { _, _ in
        HomePlanner(HomeGroupsPlanner())
      },
      .init("exact-quota", "UltraEP's, after the gate: the lowest level with a few arrivals on a rank") { settings, _ in
        HomePlanner(try QuotaPlanner(settings: settings))
      },
      .init("exact-even", "UltraEP's older one, after the gate: copies with equal parts") { settings, _ in
        HomePlanner(try EvenCopiesPlanner(settings: settings))
      },
      .init("exact-least-loaded", "LLEP's, after the gate: what is over goes to the least loaded") { settings, _ in
        HomePlanner(try LeastLoadedPlanner(settings: settings))
      },
      .init("exact-greedy", "HarMoEny's, after the gate: from the most to the least loaded rank") { settings, _ in
        HomePlanner(try GreedyPairsPlanner(settings: settings))
      },
    ])

  static func planner(_ settings: Settings, loadPlan: LoadPlan) throws -> any PlacementPlanner {
    let planner = try settings.choice("kind", of: registry)(settings, loadPlan)
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
    case .onePerExpert, .perExpert, .total:
      throw settings.error("this planner makes no replicas of its own", at: "budget")
    }
  }
}
