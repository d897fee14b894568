import ExpertReplay

/// Deals experts to ranks like cards, by descending load, forth and back: with three ranks the hottest experts go to ranks
/// 0, 1, 2, 2, 1, 0, 0, …
///
/// - Complexity: O(experts · log experts) per layer.
struct SnakePlanner: PlacementPlanner {
  func plan(_ context: PlanningContext) -> Placement {
    let shape = context.shape
    let layers = (0..<shape.layers).map { layer in
      let load = Array(context.load[layer])
      let hottest = load.indices.sorted { (load[$1], $0) < (load[$0], $1) }
      var experts = Array(repeating: 0, count: shape.slots)
      for card in experts.indices {
        let (round, place) = card.quotientAndRemainder(dividingBy: shape.ranks)
        let rank = round.isMultiple(of: 2) ? place : shape.ranks - 1 - place
        experts[rank * shape.slotsPerRank + round] = hottest[card % shape.experts]
      }
      return LayerPlacement(experts: shape.experts, ranks: shape.ranks, physicalToLogical: experts)
    }
    return Placement(ranks: shape.ranks, layers: layers)
  }
}

let snake = try BalancingPolicy(
  name: "snake", planner: SnakePlanner(), predictor: MovingAveragePredictor.recipe(window: 16),
  schedule: RebalanceSchedule(.every(steps: 64, from: 4), migration: .overlapped))
let job = try ReplayJob(
  trace: "traces/decode-256.moetrace", machine: Machine(named: "h100-cx7"), model: ModelShape(named: "deepseek-v3"),
  policies: [snake, BalancingPolicy(named: "greedy")], repeats: 12)
for policy in try job.run().policies {
  let experts = policy.time.experts.map(Readable.time) ?? "–"
  print(
    "\(policy.name): balance \(Readable.ratio(policy.balancedness.rank)), experts \(experts),",
    "communication \(Readable.time(policy.time.comm)), \(policy.rebalances.movedExperts) experts moved")
}
