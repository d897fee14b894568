import LoadBalancing
import Randomness
import Testing

@Suite struct AffinityPlannerTests {
  private let shape = PlacementShape(layers: 1, experts: 16, ranks: 4, nodes: 1, groups: 1, slots: 16)

  /// Tokens that choose two of the four experts with the same remainder mod 4.
  private func routing(tokens: Int) -> [UInt16] {
    var generator = SeededGenerator(seed: 8)
    return (0..<tokens).flatMap { _ -> [UInt16] in
      let family = generator.below(4)
      let first = generator.below(4)
      let second = (first + 1 + generator.below(3)) % 4
      return [UInt16(family + 4 * first), UInt16(family + 4 * second)]
    }
  }

  private func inside(_ plan: LayerPlacement, _ chosen: [UInt16]) -> Int {
    stride(from: 0, to: chosen.count, by: 2).filter { token in
      plan.rank(ofSlot: plan.slots(ofExpert: Int(chosen[token]))[plan.firstSlot[Int(chosen[token])]])
        == plan.rank(ofSlot: plan.slots(ofExpert: Int(chosen[token + 1]))[plan.firstSlot[Int(chosen[token + 1])]])
    }.count
  }

  @Test func bringsFamiliesOfExpertsTogether() {
    let chosen = routing(tokens: 4000)
    var coactivation = Coactivation(layers: 1, experts: 16)
    coactivation.add(chosen, topK: 2)
    var load = ExpertLoad(zeroFor: 1, experts: 16)
    for expert in chosen { load.values[Int(expert)] += 1 }
    let plan = AffinityPlanner(tolerance: 0.2)
      .plan(load, coactivation: coactivation, shape: shape, current: .contiguous(shape)).layers[0]
    #expect(inside(plan, chosen) == 4000, "every token finds both experts on one rank")
    let greedy = GreedyPlanner().plan(load, shape: shape, current: .contiguous(shape)).layers[0]
    #expect(inside(greedy, chosen) < 2000)
    let peak = greedy.rankLoads(of: load[0]).max() ?? 0
    #expect(plan.rankLoads(of: load[0]).max() ?? .infinity <= 1.2 * peak)
  }

  @Test func isGreedyWithoutCoactivation() {
    let load = ExpertLoad(layers: 1, experts: 16, values: (0..<16).map { Double(16 - $0) })
    let plan = AffinityPlanner(tolerance: 1).plan(load, shape: shape, current: .contiguous(shape)).layers[0]
    let greedy = GreedyPlanner().plan(load, shape: shape, current: .contiguous(shape)).layers[0]
    #expect(plan.rankLoads(of: load[0]).sorted() == greedy.rankLoads(of: load[0]).sorted())
  }

  @Test func countsThePairsOfEveryToken() {
    var coactivation = Coactivation(layers: 2, experts: 3)
    coactivation.add([0, 1, 0, 1, 2, 1, 0, 2], topK: 2)
    #expect(coactivation.counts == [0, 2, 0, 2, 0, 0, 0, 0, 0] + [0, 0, 1, 0, 0, 1, 1, 1, 0])
  }
}
