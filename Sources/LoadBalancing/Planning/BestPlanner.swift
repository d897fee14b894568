import Diagnostics

/// Whatever takes the least time: layer by layer, the cheapest of what the other planners make, of what is in force,
/// and of what a local search makes of these, with moves priced in.
///
/// 1. Candidates (`BestCandidates`): plans of the other planners, as the target can express them.
/// 2. A search from the cheapest and from what is in force lowers the mean over recent steps of each step's most
///    expensive rank (`WindowSearch`), and leaves some stops on its way as further candidates.
/// 3. Each is tried on the recent steps as they would have been served, under the policy's own rule of replicas
///    (`PlacementTrial`); without such steps it is the price of the expected load, and without a machine its hottest
///    rank.
/// 4. What every layer becomes is chosen for all layers together (`MoveChoice`), so that what is saved until the next
///    plan, or for as long as the steps tried stand for, is worth the moves. So the plan is never dearer on these steps
///    than what is in force, nor than contiguous blocks by more than moving to them takes.
///
/// - Complexity: per layer that of the planners it asks, at most 64 exchanges of O(3 · slots per rank · slots · steps),
///   and about 30 trials of at most 16 steps.
public struct BestPlanner: PlacementPlanner {
  public let slotBudget: SlotBudget
  public var needs: PlanningNeeds { [.load, .coactivation, .price, .costs, .trials] }

  public init(slotBudget: SlotBudget) { self.slotBudget = slotBudget }

  /// - Throws: `InputError` (usage) if the groups do not divide the experts; what the trial throws.
  public func plan(_ context: PlanningContext) throws -> Placement {
    let shape = context.shape
    let candidates = try BestCandidates(context)
    let scoring = StepScoring(context)
    var found: [[(placement: LayerPlacement, time: Double)]] = []
    for layer in 0..<shape.layers {
      var tried = try candidates.layers[layer].map { ($0, try scoring.time(of: layer, $0)) }
      let best = tried.indices.min { tried[$0].1 < tried[$1].1 } ?? 0
      for start in best == 0 ? [0] : [0, best] {
        for placement in candidates.search(from: tried[start].0, in: layer, scoring) {
          tried.append((placement, try scoring.time(of: layer, placement)))
        }
      }
      found.append(tried.map { (placement: $0.0, time: $0.1) })
    }
    let chosen = choice(of: found, context)
    return Placement(ranks: shape.ranks, layers: chosen.enumerated().map { found[$0][$1].placement })
  }

  /// `[layers]` the place of what each becomes.
  private func choice(of found: [[(placement: LayerPlacement, time: Double)]], _ context: PlanningContext) -> [Int] {
    guard let moves = context.moves else {
      return found.map { tried in tried.indices.min { tried[$0].time < tried[$1].time } ?? 0 }
    }
    let options = found.indices.map { layer in
      let inForce = context.current.layers[layer]
      return found[layer].enumerated().map { place, option in
        MoveChoice.Option(
          saving: found[layer][0].time - option.time,
          cost: place == 0 ? .none : moves.cost(layer, inForce, option.placement))
      }
    }
    return MoveChoice(options: options, horizon: max(moves.horizon, context.trial?.span ?? 0)).best()
  }
}

/// What a layer of a step takes under a placement, as well as it is known.
struct StepScoring {
  private let context: PlanningContext

  init(_ context: PlanningContext) { self.context = context }

  /// Microseconds on average, or tokens of the hottest rank where no machine is known.
  func time(of layer: Int, _ placement: LayerPlacement) throws -> Double {
    if let trial = context.trial { return try trial.time(layer, placement) }
    let load = context.load[layer]
    return context.price.map { $0.time(of: placement, load: load, ranksPerNode: context.shape.ranksPerNode) }
      ?? placement.rankLoads(of: load).max() ?? 0
  }

  /// `[steps][experts]` tokens of a layer.
  func loads(of layer: Int) -> [ArraySlice<Double>] {
    context.trial.map { $0.loads.map { $0[layer] } } ?? [context.load[layer]]
  }

  /// What a slot adds to its rank, of expert compute and of copies that it takes in.
  var cost: (Double) -> Double {
    guard let price = context.price else { return { $0 } }
    let (dispatch, combine) = (price.dispatch, price.combine)
    let visit = max(dispatch.scaleUp, dispatch.scaleOut) + max(combine.scaleUp, combine.scaleOut)
    return { price.expert($0, 0) + visit * $0 }
  }
}
