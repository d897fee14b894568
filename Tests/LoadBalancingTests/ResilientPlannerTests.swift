import Diagnostics
import LoadBalancing
import Randomness
import Testing

@Suite struct ResilientPlannerTests {
  private static func plan(
    _ load: [Double], ranks: Int, slotsPerRank: Int, minimumCopies: Int = 2, current: Placement? = nil
  ) throws -> LayerPlacement {
    let shape = PlacementShape(
      layers: 1, experts: load.count, ranks: ranks, nodes: 1, groups: 1, slots: ranks * slotsPerRank)
    let context = PlanningContext(
      load: ExpertLoad(layers: 1, experts: load.count, values: load), shape: shape, current: current)
    return try ResilientPlanner(slotBudget: .total(shape.slots), minimumCopies: minimumCopies).plan(context).layers[0]
  }

  /// Sets of so many failed ranks that leave every expert a rank, and all sets.
  private static func survived(_ layer: LayerPlacement, failures: Int) -> [Int] {
    let sets = (0..<(1 << layer.ranks)).filter { $0.nonzeroBitCount == failures }
    let survived = sets.count { failed in
      (0..<layer.experts).allSatisfy { expert in
        layer.slots(ofExpert: expert).contains { failed >> layer.rank(ofSlot: $0) & 1 == 0 }
      }
    }
    return [survived, sets.count]
  }

  /// 5 ranks × 2 slots, copies 2, 2, 3, 3.
  @Test func groupedExpertsSurviveMoreThanSpreadOnes() throws {
    let grouped = try Self.plan([4, 4, 6, 6], ranks: 5, slotsPerRank: 2)
    let rows = (0..<5).map { Set(grouped.physicalToLogical[$0 * 2..<$0 * 2 + 2]) }
    #expect(rows.allSatisfy { [[0, 1], [2, 3]].contains($0) })
    #expect((0..<4).map { grouped.slots(ofExpert: $0).count } == [2, 2, 3, 3])
    #expect((1...3).map { Self.survived(grouped, failures: $0) } == [[5, 5], [9, 10], [6, 10]])
    let spread = LayerPlacement(experts: 4, ranks: 5, physicalToLogical: [0, 2, 0, 3, 1, 2, 1, 3, 2, 3])
    #expect((1...3).map { Self.survived(spread, failures: $0) } == [[5, 5], [8, 10], [2, 10]])
  }

  /// Loads 1, 2, 3, 6 in 12 slots, by hand. One copy at least: 1, 2, 3 and 6, in groups on one rank and on three, so that
  /// two ranks are left for three more copies of the hottest; one of them goes to the next. Two at least: 2, 2, 2 and 6,
  /// groups on two ranks each, and of the four copies that are left two go to the next.
  @Test func copiesFollowTheLoadAboveTheMinimum() throws {
    func copies(_ minimum: Int) throws -> [Int] {
      let layer = try Self.plan([6, 1, 3, 2], ranks: 6, slotsPerRank: 2, minimumCopies: minimum)
      return (0..<4).map { layer.slots(ofExpert: $0).count }
    }
    #expect(try copies(1) == [5, 1, 4, 2])
    #expect(try copies(2) == [4, 2, 4, 2])
  }

  /// An expert with nearly all tokens has a copy on every rank and no more; the others share the rest.
  @Test func anExpertHasNoMoreCopiesThanThereAreRanks() throws {
    let layer = try Self.plan([1000, 1, 1, 1], ranks: 4, slotsPerRank: 3)
    #expect(layer.slots(ofExpert: 0).count <= 4)
    #expect(layer.slots(ofExpert: 0).count + (1...3).map { layer.slots(ofExpert: $0).count }.reduce(0, +) == 12)
    #expect(!layer.hasExpertTwiceOnARank)
  }

  /// Three experts on three ranks of two slots: a group of two would leave the third one rank alone.
  @Test func groupsThatLeaveTheOthersTooFewRanksAreNotMade() throws {
    let layer = try Self.plan([5, 5, 5], ranks: 3, slotsPerRank: 2)
    #expect(Resilience(of: Placement(ranks: 3, layers: [layer])).toleratedFailures == 1)
  }

  @Test func randomShapesTolerateAllButOneOfTheCopies() throws {
    var generator = SeededGenerator(seed: 23)
    for round in 0..<3000 {
      let ranks = 1 + generator.below(16)
      let minimum = 1 + generator.below(ranks)
      let experts = 1 + generator.below(40)
      let least = (experts * minimum + ranks - 1) / ranks
      let slotsPerRank = least + generator.below(experts - least + 1)
      let kind = generator.below(4)
      let load = (0..<experts).map { expert -> Double in
        switch kind {
        case 0: Double(generator.below(1000))
        case 1: 1 / Double(expert + 1)
        case 2: expert == 3 ? 1e6 : Double(generator.below(3))
        default: 0
        }
      }
      let layer = try Self.plan(load, ranks: ranks, slotsPerRank: slotsPerRank, minimumCopies: minimum)
      #expect(layer.slotsPerRank == slotsPerRank)
      #expect(!layer.hasExpertTwiceOnARank, "round \(round)")
      #expect((0..<experts).allSatisfy { layer.slots(ofExpert: $0).count >= minimum }, "round \(round)")
      let resilience = Resilience(of: Placement(ranks: ranks, layers: [layer]))
      #expect(resilience.toleratedFailures >= minimum - 1, "round \(round)")
    }
  }

  @Test func aPlanThatIsInForceStays() throws {
    let first = try Self.plan([9, 4, 6, 1, 7, 3], ranks: 6, slotsPerRank: 3)
    let again = try Self.plan(
      [9, 4, 6, 1, 7, 3], ranks: 6, slotsPerRank: 3, current: Placement(ranks: 6, layers: [first]))
    #expect(again == first)
  }

  @Test func tooFewSlotsOrRanksAreRefused() {
    let few = #expect(throws: InputError.self) { try Self.plan([1, 1, 1, 1], ranks: 3, slotsPerRank: 2) }
    #expect(
      few?.description == "minimumCopies: 2 copies of 4 experts need 3 slots on each of 3 ranks, there are 2")
    let ranks = #expect(throws: InputError.self) { try Self.plan([1, 1], ranks: 2, slotsPerRank: 2, minimumCopies: 3) }
    #expect(ranks?.description == "minimumCopies: 3 copies on different ranks, of which there are 2")
  }

  @Test func withoutSlotsOfItsOwnItTakesWhatTheCopiesNeed() throws {
    func policy(_ planner: String) throws -> BalancingPolicy {
      try BalancingPolicy(
        settings: Settings(
          parsing:
            "name: p\npredictor: {kind: last}\nplanner: \(planner)\nschedule: {kind: every, steps: 8}\ndispatch: {kind: even}",
          name: "p"))
    }
    #expect(try policy("{kind: resilient}").slots(experts: 60, ranks: 8) == 120)
    #expect(try policy("{kind: resilient, minimumCopies: 3}").slots(experts: 9, ranks: 4) == 28)
    #expect(try policy("{kind: resilient, redundantSlotsPerRank: 9}").slots(experts: 64, ranks: 8) == 136)
  }

  /// With a budget per layer no layer has fewer slots than the copies need.
  @Test func aBudgetPerLayerStartsFromWhatTheCopiesNeed() throws {
    let shape = PlacementShape(layers: 2, experts: 8, ranks: 4, nodes: 1, groups: 1, slots: 24)
    let load = ExpertLoad(
      layers: 2, experts: 8, values: [100, 1, 1, 1, 1, 1, 1, 1, 5, 5, 5, 5, 5, 5, 5, 5])
    let planner = LayerBudgetPlanner(ResilientPlanner(slotBudget: .total(24)))
    let plan = try planner.plan(PlanningContext(load: load, shape: shape))
    #expect(plan.layers.allSatisfy { $0.slotsPerRank >= 4 })
    #expect(Resilience(of: plan).toleratedFailures >= 1)
    var few = shape
    few.slots = 12
    #expect(throws: InputError.self) { try planner.plan(PlanningContext(load: load, shape: few)) }
  }
}
