import LoadBalancing
import Randomness
import Testing

@Suite struct AffinityPlannerTests {
  private let shape = PlacementShape(layers: 1, experts: 16, ranks: 4, nodes: 1, groups: 1, slots: 16)

  /// Tokens that choose two of the four experts with the same remainder mod 4.
  private func families(tokens: Int) -> [UInt16] {
    var generator = SeededGenerator(seed: 8)
    return (0..<tokens).flatMap { _ -> [UInt16] in
      let family = generator.below(4)
      let first = generator.below(4)
      let second = (first + 1 + generator.below(3)) % 4
      return [UInt16(family + 4 * first), UInt16(family + 4 * second)]
    }
  }

  private func plan(
    _ chosen: [UInt16], price: PlacementPrice, shape: PlacementShape? = nil, topK: Int = 2
  ) -> (plan: LayerPlacement, load: ExpertLoad) {
    let shape = shape ?? self.shape
    var coactivation = Coactivation(layers: 1, experts: shape.experts)
    coactivation.add(chosen, topK: topK)
    var load = ExpertLoad(zeroFor: 1, experts: shape.experts)
    for expert in chosen { load.values[Int(expert)] += 1 }
    let plan = AffinityPlanner().plan(
      PlanningContext(load: load, shape: shape, coactivation: coactivation, price: price))
    return (plan.layers[0], load)
  }

  private func price(
    copy: Double, nodeCopy: Double = 0, visit: Double, unit: PlacementPrice.Unit = .copies, tokens: Double = 400
  ) -> PlacementPrice {
    let operation = PlacementPrice.Operation(scaleUp: copy, scaleOut: nodeCopy)
    return PlacementPrice(
      tokensPerStep: tokens, topK: 2, scaleUpUnit: unit, dispatch: operation, combine: operation
    ) { tokens, _ in visit * tokens }
  }

  /// Tokens whose experts, two each, are on the same one of the places.
  private func together(_ chosen: [UInt16], place: (Int) -> Int) -> Int {
    stride(from: 0, to: chosen.count, by: 2).count { place(Int(chosen[$0])) == place(Int(chosen[$0 + 1])) }
  }

  private func rank(_ plan: LayerPlacement, _ expert: Int) -> Int {
    plan.rank(ofSlot: plan.slotsByExpert[plan.firstSlot[expert]])
  }

  @Test func bringsFamiliesOfExpertsTogetherWhenCopiesCost() {
    let chosen = families(tokens: 4000)
    let (plan, _) = plan(chosen, price: price(copy: 1, visit: 0.01))
    #expect(together(chosen) { rank(plan, $0) } == 4000, "every token finds both experts on one rank")
  }

  /// The exchange rate is the machine's: 100 tokens choose experts 0 and 1, 60 choose 2 and 3. Together they need 100
  /// copies to the busier of two ranks, which computes 200 visits; apart 160 of each.
  @Test func weighsCopiesAgainstBalanceByThePrice() {
    let chosen: [UInt16] =
      Array(repeating: [0, 1], count: 100).flatMap(\.self) + Array(repeating: [2, 3], count: 60).flatMap(\.self)
    let two = PlacementShape(layers: 1, experts: 4, ranks: 2, nodes: 1, groups: 1, slots: 4)
    func peak(copy: Double, visit: Double) -> Double {
      let (plan, load) = plan(chosen, price: price(copy: copy, visit: visit, tokens: 16_000), shape: two)
      return plan.rankLoads(of: load[0]).max() ?? 0
    }
    // Dispatch and combine: 2 · 60 copies against 40 visits, so that a visit has to cost three copies.
    #expect(peak(copy: 1, visit: 0.01) == 200)
    #expect(peak(copy: 1, visit: 2.5) == 200)
    #expect(peak(copy: 1, visit: 3.1) == 160)
    #expect(peak(copy: 0.001, visit: 1) == 160)
  }

  /// A copy per token and expert is the same wherever the experts are.
  @Test func countsNoCopiesWhereEveryVisitIsOne() {
    let chosen = families(tokens: 4000)
    let (plan, load) = plan(chosen, price: price(copy: 1, visit: 0, unit: .visits))
    let mean = load[0].reduce(0, +) / 4
    #expect(plan.rankLoads(of: load[0]).max() ?? .infinity < 1.02 * mean)
    #expect(together(chosen) { rank(plan, $0) } < 4000)
  }

  /// Only the NIC costs: families spread over a node's ranks, but not over nodes.
  @Test func bringsFamiliesToOneNode() {
    let wide = PlacementShape(layers: 1, experts: 16, ranks: 8, nodes: 4, groups: 1, slots: 16)
    let chosen = families(tokens: 4000)
    let (plan, _) = plan(chosen, price: price(copy: 0, nodeCopy: 1, visit: 0.01), shape: wide)
    #expect(together(chosen) { rank(plan, $0) / 2 } == 4000)
  }

  /// Below a floor, transfer costs nothing, so that experts decide.
  @Test func savesNoCopiesBelowAFloor() {
    let chosen = families(tokens: 4000)
    var free = price(copy: 1, visit: 0.01)
    free.dispatch.free = 1e6
    free.combine.free = 1e6
    let (plan, load) = plan(chosen, price: free)
    #expect(plan.rankLoads(of: load[0]).max() ?? .infinity < 1.02 * load[0].reduce(0, +) / 4)
  }

  @Test func isGreedyWithoutAPrice() {
    let load = ExpertLoad(layers: 1, experts: 16, values: (0..<16).map { Double(16 - $0) })
    let plan = AffinityPlanner().plan(PlanningContext(load: load, shape: shape)).layers[0]
    #expect(plan == GreedyPlanner().plan(PlanningContext(load: load, shape: shape)).layers[0])
  }

  @Test func plansTheSameOnAnyNumberOfThreads() {
    let shape = PlacementShape(layers: 5, experts: 16, ranks: 8, nodes: 2, groups: 1, slots: 16)
    var coactivation = Coactivation(layers: 5, experts: 16)
    let chosen = families(tokens: 500)
    coactivation.add(chosen, topK: 2)
    var load = ExpertLoad(zeroFor: 5, experts: 16)
    for (index, expert) in chosen.enumerated() { load.values[index / 200 * 16 + Int(expert)] += 1 }
    let price = price(copy: 1, nodeCopy: 2, visit: 0.5)
    var context = PlanningContext(load: load, shape: shape, coactivation: coactivation, price: price)
    let plan = AffinityPlanner().plan(context)
    context.threads = 3
    #expect(AffinityPlanner().plan(context) == plan)
    #expect(Set(plan.layers.map(\.physicalToLogical)).count > 1)
  }

  @Test func countsThePairsOfEveryToken() {
    var coactivation = Coactivation(layers: 2, experts: 3)
    coactivation.add([0, 1, 0, 1, 2, 1, 0, 2], topK: 2)
    #expect(coactivation[0] + coactivation[1] == [0, 2, 0, 2, 0, 0, 0, 0, 0] + [0, 0, 1, 0, 0, 1, 1, 1, 0])
    #expect(coactivation.tokens == 2)
  }

  /// What one policy has searched, another takes; a question that differs is searched anew.
  @Test func sharesSearchesOfTheSameQuestionAlone() {
    let chosen = families(tokens: 500)
    var coactivation = Coactivation(layers: 1, experts: 16)
    coactivation.add(chosen, topK: 2)
    var load = ExpertLoad(zeroFor: 1, experts: 16)
    for expert in chosen { load.values[Int(expert)] += 1 }
    let prices = [price(copy: 1, visit: 0.5), price(copy: 1, visit: 2), price(copy: 2, visit: 0.5)]
    let loads = [load, ExpertLoad(layers: 1, experts: 16, values: load.values.reversed())]
    let searches = AffinitySearches()
    var plans: [LayerPlacement] = []
    for _ in 0..<2 {
      for price in prices {
        for load in loads {
          for pairs in [coactivation, Coactivation(layers: 1, experts: 16)] {
            var context = PlanningContext(load: load, shape: shape, coactivation: pairs, price: price)
            let alone = AffinityPlanner().plan(context)
            context.searches = searches
            #expect(AffinityPlanner().plan(context) == alone)
            #expect(AffinityPlanner().plan(context) == alone)
            plans.append(alone.layers[0])
          }
        }
      }
    }
    #expect(Set(plans.map(\.physicalToLogical)).count > 3)
  }
}
