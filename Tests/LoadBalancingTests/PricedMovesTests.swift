import LoadBalancing
import Testing

/// Moves are weighed against what they save until the next plan.
@Suite struct PricedMovesTests {
  private let shape = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 4)

  /// A microsecond a token, 18 tokens a step of one expert each.
  private func price(touched: Double = 0) -> PlacementPrice {
    let free = PlacementPrice.Operation(scaleUp: 0, scaleOut: 0)
    return PlacementPrice(tokensPerStep: 18, topK: 1, dispatch: free, combine: free) { tokens, _ in
      tokens > 0 ? tokens + touched : 0
    }
  }

  private func context(
    _ load: [Double], horizon: Double, wait: Double = 0, steps: Double = 0, layers: Int = 1
  ) -> PlanningContext {
    var shape = shape
    shape.layers = layers
    return PlanningContext(
      load: ExpertLoad(layers: layers, experts: 4, values: load), shape: shape, price: price(),
      moves: MoveOutlook(horizon: horizon) { _, old, new in old == new ? .none : .init(wait: wait, steps: steps) })
  }

  private func incremental(_ context: PlanningContext) -> Placement {
    IncrementalPlanner(slotBudget: .redundant(0), maximumMoves: 4, balancedness: 1).plan(context)
  }

  /// Ranks have 14 and 4 tokens, 9 each after the one exchange: 5 us saved in each step.
  @Test(arguments: [(19.0, false), (21, true)]) func anExchangeIsMadeOnceItsHorizonPaysForIt(
    horizon: Double, isMoved: Bool
  ) {
    let plan = incremental(context([8, 6, 1, 3], horizon: horizon, wait: 100))
    #expect((plan != .contiguous(shape)) == isMoved)
  }

  @Test(arguments: [(24.0, false), (26, true)]) func stepsOnTheWaySaveNothing(horizon: Double, isMoved: Bool) {
    let plan = incremental(context([8, 6, 1, 3], horizon: horizon, wait: 100, steps: 5))
    #expect((plan != .contiguous(shape)) == isMoved)
  }

  @Test func aLayerWaitsForThoseBeforeIt() {
    let plan = incremental(
      context([8, 6, 1, 3, 8, 6, 1, 3, 8, 6, 1, 3], horizon: 25, steps: 10, layers: 3))
    let moved = plan.layers.map { $0 != Placement.contiguous(shape).layers[0] }
    #expect(moved == [true, true, false], "the third would be there after 30 steps")
  }

  @Test func withoutAPriceOfMovesAllAreMade() {
    var known = context([8, 6, 1, 3], horizon: 0, wait: 1e9)
    known.moves = nil
    #expect(incremental(known).layers[0].balancedness(of: known.load[0]) == 1)
  }

  /// Eight steps on the way pay for the first layer by itself, but not where they hold up the others.
  @Test func layersAreChosenTogether() {
    func option(_ saving: Double, wait: Double = 0, steps: Double = 0) -> MoveChoice.Option {
      .init(saving: saving, cost: .init(wait: wait, steps: steps))
    }
    let slow = [option(0), option(5, steps: 8)]
    let quick = [option(0), option(4, steps: 1)]
    #expect(MoveChoice(options: [slow], horizon: 10).best() == [1])
    #expect(MoveChoice(options: [slow, quick, quick], horizon: 10).best() == [0, 1, 1])
    #expect(MoveChoice(options: [[option(0), option(5, wait: 51)]], horizon: 10).best() == [0])
    #expect(MoveChoice(options: [[option(0), option(5, wait: 49)]], horizon: 10).best() == [1])
  }

  /// A replica is one more expert to read: where reading decides, no slots are spent.
  @Test(arguments: [(0.0, true), (1000, false)]) func slotsGoByTime(touched: Double, areSpent: Bool) throws {
    var context = context([100, 1, 1, 1], horizon: 0)
    context.shape.slots = 6
    context.price = price(touched: touched)
    let plan = try LayerBudgetPlanner(EPLBPlanner(slotBudget: .redundantPerRank(1))).plan(context)
    #expect((plan.layers[0].slots > 4) == areSpent)
  }

  /// Against what a token's choices come to one by one: two experts a token, slots with shares, two nodes.
  @Test func theTimeOfReplicasIsThatOfTheirPlaces() {
    let placement = LayerPlacement(
      experts: 4, ranks: 4, physicalToLogical: [0, 1, 2, 0, 3, 1, 2, 3], shares: [0.75, 1, 1, 0.25, 1, 0, 0, 0])
    let load = [40.0, 20, 20, 20]
    let operation = PlacementPrice.Operation(scaleUp: 1, scaleOut: 10)
    let price = PlacementPrice(tokensPerStep: 50, topK: 2, dispatch: operation, combine: operation) { tokens, _ in
      tokens
    }
    // Shares of tokens: 0.8 · 0.75 = 0.6 and 0.4 | 0.4 and 0.2 | 0.4 | none.
    let visited = [1 - 0.4 * 0.6, 1 - 0.6 * 0.8, 0.4, 0]
    let nodes = [1 - 0.2 * 0.6 * 0.6, 0.4]
    let expected = 50 * (0.6 + 0.4) + 2 * max(50 * (visited.max() ?? 0), 10 * 50 * (nodes.max() ?? 0))
    #expect(abs(price.time(of: placement, load: load[...], ranksPerNode: 2) - expected) < 1e-9 * expected)
  }

  @Test func affinityStaysWhereExchangesCostMoreThanTheySave() {
    let load = [8.0, 6, 1, 3]
    #expect(AffinityPlanner().plan(context(load, horizon: 10, wait: 1000)) == .contiguous(shape))
    let moved = AffinityPlanner().plan(context(load, horizon: 1000, wait: 1))
    #expect(moved.layers[0].balancedness(of: load[...]) == 1)
  }
}
