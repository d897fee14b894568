extension KeyLimit {
  private static let visits = 1...1_000_000_000
  private static let factors = 1...1e6

  /// Of planners that plan a layer when the gate has decided.
  static let ofExactPlanners = [
    exact("DomainPlanner", "redundantSlotsPerRank", "exact-quota", 1...65_536),
    exact("QuotaPlanner", "minimumTokens", "exact-quota", visits, besides: "redundantSlotsPerRank: 1"),
    exact("DomainPlanner", "threshold", "exact-quota", in: factors, besides: "redundantSlotsPerRank: 1"),
    exact("QuotaPlanner", "eps", "exact-quota", in: 0...1e6, besides: "redundantSlotsPerRank: 1"),
    exact("DomainPlanner", "ranksPerDomain", "exact-quota", 1...65_536, besides: "redundantSlotsPerRank: 1"),
    exact("DomainPlanner", "redundantSlotsPerRank", "exact-even", 1...65_536),
    exact("DomainPlanner", "threshold", "exact-even", in: factors, besides: "redundantSlotsPerRank: 1"),
    exact("DomainPlanner", "ranksPerDomain", "exact-even", 1...65_536, besides: "redundantSlotsPerRank: 1"),
    exact("LeastLoadedPlanner", "factor", "exact-least-loaded", in: factors),
    exact("LeastLoadedPlanner", "minimumTokens", "exact-least-loaded", visits),
    exact("LeastLoadedPlanner", "skipBelow", "exact-least-loaded", in: factors),
    exact("GreedyPairsPlanner", "worthwhileTokens", "exact-greedy", visits),
  ]

  private static func exact(
    _ file: String, _ key: String, _ kind: String, _ range: ClosedRange<Int>, besides: String? = nil
  ) -> KeyLimit {
    KeyLimit(
      .policy, "LoadBalancing/Exact/\(file).swift", "planner.\(key)", of: "`\(kind)`", range,
      policy(key, kind, besides))
  }

  private static func exact(
    _ file: String, _ key: String, _ kind: String, in range: ClosedRange<Double>, besides: String? = nil
  ) -> KeyLimit {
    KeyLimit(
      .policy, "LoadBalancing/Exact/\(file).swift", "planner.\(key)", of: "`\(kind)`", in: range,
      policy(key, kind, besides))
  }

  private static func policy(_ key: String, _ kind: String, _ besides: String?) -> [String: String] {
    let options = ["kind: \(kind)", besides, "\(key): $"].compactMap(\.self).joined(separator: ", ")
    return [
      "predictor": none, "planner": "{\(options)}", "schedule": "{kind: every-layer, plan: 1 us, sync: 1 us}",
      "dispatch": "{kind: planned}",
    ]
  }
}
