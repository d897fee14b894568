import Diagnostics
import LoadBalancing
import Randomness
import Testing

/// Redundant slots that go to the layers where they help most.
@Suite struct LayerBudgetTests {
  static let planners: [any PlacementPlanner] = [
    EPLBPlanner(slotBudget: .redundantPerRank(1)),
    FractionalPlanner(slotBudget: .redundantPerRank(1)),
    DuplicateHottestPlanner(slotBudget: .redundantPerRank(1)),
    IncrementalPlanner(slotBudget: .redundantPerRank(1), maximumMoves: 8, balancedness: 1),
  ]

  /// Layers from flat to steep.
  static func load(layers: Int, experts: Int, seed: UInt64) -> ExpertLoad {
    var generator = SeededGenerator(seed: seed)
    let values = (0..<layers * experts).map { index in
      var tokens = Double(1 + generator.below(100))
      for _ in 0..<index / experts where generator.below(4) == 0 { tokens *= 3 }
      return tokens
    }
    return ExpertLoad(layers: layers, experts: experts, values: values)
  }

  static func shape(layers: Int, slotsPerRank: Int) -> PlacementShape {
    PlacementShape(layers: layers, experts: 12, ranks: 4, nodes: 2, groups: 1, slots: 4 * slotsPerRank)
  }

  private static func cost(_ placement: Placement, _ load: ExpertLoad) -> Double {
    placement.layers.enumerated().reduce(0) { $0 + ($1.element.rankLoads(of: load[$1.offset]).max() ?? 0) }
  }

  @Test(arguments: planners.indices, [UInt64(1), 2, 3, 4, 5])
  func noDivisionOfTheBudgetIsBetter(_ planner: Int, _ seed: UInt64) throws {
    let planner = Self.planners[planner]
    let load = Self.load(layers: 3, experts: 12, seed: seed)
    let even = Self.shape(layers: 3, slotsPerRank: 4)
    let found = try LayerBudgetPlanner(planner).plan(PlanningContext(load: load, shape: even))
    let plans = try (3...6).map { slotsPerRank in
      try planner.plan(
        PlanningContext(
          load: load, shape: Self.shape(layers: 3, slotsPerRank: slotsPerRank), current: .contiguous(even)))
    }
    var best = Double.infinity
    for a in 0...3 {
      for b in 0...3 - a {
        for c in 0...3 - a - b {
          let layers = [plans[a].layers[0], plans[b].layers[1], plans[c].layers[2]]
          best = min(best, Self.cost(Placement(ranks: 4, layers: layers), load))
        }
      }
    }
    #expect(abs(Self.cost(found, load) - best) < 1e-4 * best)
    #expect(found.layers.reduce(0) { $0 + $1.slots } <= 3 * even.slots)
    #expect(found.layers.allSatisfy { layer in (0..<12).allSatisfy { !layer.slots(ofExpert: $0).isEmpty } })
  }

  @Test func aSteepLayerTakesTheSlotsOfAFlatOne() throws {
    let flat = Array(repeating: 10.0, count: 12)
    let steep = [100.0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]
    let shape = Self.shape(layers: 2, slotsPerRank: 4)
    let plan = try LayerBudgetPlanner(Self.planners[0]).plan(
      PlanningContext(load: ExpertLoad(layers: 2, experts: 12, values: flat + steep), shape: shape))
    #expect(plan.layers.map(\.slotsPerRank) == [3, 5])
  }

  @Test func aFlatLoadSpendsNothing() throws {
    let shape = Self.shape(layers: 3, slotsPerRank: 5)
    let load = ExpertLoad(layers: 3, experts: 12, values: Array(repeating: 5, count: 36))
    let plan = try LayerBudgetPlanner(Self.planners[0]).plan(PlanningContext(load: load, shape: shape))
    #expect(plan.layers.allSatisfy { $0.slots == 12 })
  }

  @Test(arguments: [
    ("{kind: greedy, budget: per-layer}", "makes no replicas"),
    ("{kind: eplb, redundantSlots: 4, budget: perlayer}", "did you mean 'per-layer'"),
  ])
  func budgetsAreForPlannersThatMakeReplicas(planner: String, message: String) {
    let text = """
      name: p
      predictor: {kind: last}
      planner: \(planner)
      schedule: {kind: every, steps: 4}
      dispatch: {kind: even}
      """
    #expect {
      try BalancingPolicy(settings: Settings(parsing: text, name: "p.yaml"))
    } throws: {
      "\($0)".contains(message)
    }
  }
}

/// A placement in more or fewer slots.
@Suite struct ResizingTests {
  /// Experts that ranks did not hold.
  static func fetched(from old: Placement, to new: Placement) -> Int {
    func held(_ layer: LayerPlacement, _ rank: Int) -> Set<Int> {
      Set(layer.physicalToLogical[rank * layer.slotsPerRank..<(rank + 1) * layer.slotsPerRank])
    }
    return zip(old.layers, new.layers).reduce(0) { sum, layers in
      sum + (0..<old.ranks).reduce(0) { $0 + held(layers.1, $1).subtracting(held(layers.0, $1)).count }
    }
  }

  @Test func growingKeepsEveryRanksExperts() {
    let small = LayerPlacement(experts: 6, ranks: 2, physicalToLogical: [4, 1, 2, 3, 0, 5])
    let grown = small.resized(slots: 10)
    #expect(grown.physicalToLogical == [4, 1, 2, 4, 1, 3, 0, 5, 3, 0])
    #expect(grown.resized(slots: 6).physicalToLogical == small.physicalToLogical)
  }

  /// A static placement without replicas is the same to start from as one with slots that repeat their ranks' experts.
  @Test func plannersStartFromAnyNumberOfSlots() throws {
    let load = LayerBudgetTests.load(layers: 3, experts: 12, seed: 9)
    let shape = LayerBudgetTests.shape(layers: 3, slotsPerRank: 5)
    let bare = Placement.contiguous(LayerBudgetTests.shape(layers: 3, slotsPerRank: 3))
    for planner in LayerBudgetTests.planners {
      let plan = try planner.plan(PlanningContext(load: load, shape: shape, current: bare))
      #expect(plan.layers.allSatisfy { $0.slots == shape.slots })
      #expect(
        Self.fetched(from: bare, to: plan)
          <= Self.fetched(from: bare, to: try planner.plan(PlanningContext(load: load, shape: shape))))
    }
  }

  @Test func shrinkingLosesNoExpertAndMovesOnlyTheHomeless() {
    var generator = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      let ranks = 2 + generator.below(4)
      let least = 1 + generator.below(4)
      let experts = ranks * least - generator.below(ranks)
      let slotsPerRank = least + 1 + generator.below(3)
      var map = (0..<ranks * slotsPerRank).map { $0 < experts ? $0 : generator.below(experts) }
      for slot in map.indices.reversed() { map.swapAt(slot, generator.below(slot + 1)) }
      let placement = LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: map)
      let shrunk = placement.resized(slots: ranks * least)
      #expect(shrunk.slots == ranks * least)
      #expect((0..<experts).allSatisfy { !shrunk.slots(ofExpert: $0).isEmpty })
      #expect(shrunk.sharesSumToOne)
    }
  }
}
