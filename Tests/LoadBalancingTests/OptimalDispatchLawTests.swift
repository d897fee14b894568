import LoadBalancing
import Randomness
import Testing

@Suite struct OptimalDispatchLawTests {
  /// A plan of `slots` slots a rank in which every expert has one, at random.
  private func plan(experts: Int, ranks: Int, slots: Int, _ random: inout SeededGenerator) -> [[Int]] {
    var all = Array(0..<experts) + (experts..<ranks * slots).map { _ in random.below(experts) }
    for place in stride(from: all.count - 1, to: 0, by: -1) { all.swapAt(place, random.below(place + 1)) }
    return (0..<ranks).map { Array(all[$0 * slots..<($0 + 1) * slots]) }
  }

  private func hottest(_ plan: [[Int]], experts: Int, load: [Double]) -> Double {
    let placement = LayerPlacement(experts: experts, ranks: plan.count, physicalToLogical: plan.flatMap { $0 })
    let context = DispatchContext(
      placement: placement, topK: 1, ranksPerNode: plan.count, layer: 0, step: 0, shownLoad: nil)
    let shares = OptimalDispatch().expectedShares(load: load, source: 0, in: context)
    let split = LayerPlacement(
      experts: experts, ranks: plan.count, physicalToLogical: placement.physicalToLogical, shares: shares)
    return split.rankLoads(of: load[...]).max() ?? 0
  }

  @Test(arguments: 1..<41 as Range<UInt64>)
  func `a copy more never makes the hottest rank hotter, if tokens are split exactly`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    let (experts, ranks) = (12, 4)
    let plan = plan(experts: experts, ranks: ranks, slots: 3 + random.below(3), &random)
    let load = (0..<experts).map { _ in Double(random.below(1000)) }
    let before = hottest(plan, experts: experts, load: load)
    for expert in 0..<experts {
      for rank in 0..<ranks {
        // Every rank gets a slot; the others use theirs for an expert that they hold, which changes nothing.
        var more = plan
        for place in 0..<ranks { more[place].append(place == rank ? expert : plan[place][0]) }
        #expect(hottest(more, experts: experts, load: load) <= before * (1 + 1e-9))
      }
    }
  }
}
