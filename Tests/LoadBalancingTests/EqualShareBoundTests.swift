import LoadBalancing
import Randomness
import Testing

@Suite struct EqualShareBoundTests {
  private func bound(_ tokens: [Double], ranks: Int, slots: Int, isWhole: Bool) -> (free: Double, equal: Double) {
    let free = RankLoadBound(ranks: ranks, slots: slots).bound(of: tokens, isWhole: isWhole)
    let equal = EqualShareBound(ranks: ranks, slots: slots)
    return (free, equal.bound(of: tokens, isWhole: isWhole, freeShares: free))
  }

  @Test(arguments: [
    // Two halves of the hot expert with 30 each; three thirds would need another slot.
    ([100.0, 30, 30, 30, 30, 30, 30], 4, 8, 80.0), ([5, 4, 4, 4], 2, 4, 9), ([0, 0, 0, 0], 2, 4, 0),
    // Three slots above half the level on two ranks, and no slot to split one of them.
    ([100, 1, 1, 1], 2, 4, 101), ([100, 1, 1, 1], 2, 6, 52),
  ]) func isWhatHandCountingGives(tokens: [Double], ranks: Int, slots: Int, expected: Double) {
    #expect(bound(tokens, ranks: ranks, slots: slots, isWhole: true).equal == expected)
  }

  @Test func isBetweenTheFreeBoundAndTheBestPlacement() {
    var generator = SeededGenerator(seed: 11)
    var stronger = 0
    var attained = 0
    let cases = 500
    for _ in 0..<cases {
      let (ranks, slotsPerRank) = [(2, 2), (2, 3), (3, 2), (4, 2), (2, 4)][generator.below(5)]
      let slots = ranks * slotsPerRank
      let experts = max(2, slots - generator.below(4))
      let tokens = (0..<experts).map { _ in Double([0, 3, 9, 30, 100][generator.below(5)] + generator.below(4)) }
      for isWhole in [true, false] {
        let best = bestEqualShares(tokens, ranks: ranks, slots: slots, isWhole: isWhole)
        let found = bound(tokens, ranks: ranks, slots: slots, isWhole: isWhole)
        #expect(found.equal <= best * (1 + 1e-9), "\(tokens) \(ranks) ranks \(slots) slots")
        #expect(found.equal >= found.free)
        stronger += found.equal > found.free * (1 + 1e-6) ? 1 : 0
        attained += found.equal >= best * (1 - 1e-6) ? 1 : 0
      }
    }
    #expect(stronger > cases / 20)
    #expect(attained > cases)
  }

  @Test func noPlanWithEqualSharesIsBelowIt() throws {
    var generator = SeededGenerator(seed: 12)
    for _ in 0..<200 {
      let shape = PlacementShape(layers: 1, experts: 24, ranks: 8, nodes: 1, groups: 1, slots: 32)
      let load = FractionalPlannerTests.load(24, &generator)
      let plan = try EPLBPlanner(slotBudget: .total(32)).plan(PlanningContext(load: load, shape: shape))
      let found = bound(load.values, ranks: 8, slots: 32, isWhole: false)
      #expect(found.equal <= (plan.layers[0].rankLoads(of: load[0]).max() ?? 0) * (1 + 1e-9))
      #expect(found.equal >= found.free)
    }
  }

  /// The least load of the most loaded rank over all numbers of replicas and all placements.
  private func bestEqualShares(_ tokens: [Double], ranks: Int, slots: Int, isWhole: Bool) -> Double {
    var best = Double.infinity
    func deal(_ parts: ArraySlice<Double>, _ loads: [Double], _ filled: [Int]) {
      guard let part = parts.first else { return best = min(best, loads.max() ?? 0) }
      for rank in 0..<ranks where filled[rank] < slots / ranks && loads[rank] + part < best {
        // Empty ranks are alike.
        if rank > 0, filled[rank] == 0, filled[rank - 1] == 0 { continue }
        var (loads, filled) = (loads, filled)
        loads[rank] += part
        filled[rank] += 1
        deal(parts.dropFirst(), loads, filled)
      }
    }
    func replicate(_ expert: Int, spare: Int, _ parts: [Double]) {
      if expert == tokens.count {
        guard spare == 0 else { return }
        return deal(parts.sorted(by: >)[...], Array(repeating: 0, count: ranks), Array(repeating: 0, count: ranks))
      }
      for extra in 0...spare {
        let replicas = Double(extra + 1)
        let own = (0...extra).map { replica -> Double in
          guard isWhole else { return tokens[expert] / replicas }
          let rest = tokens[expert].truncatingRemainder(dividingBy: replicas)
          return (tokens[expert] / replicas).rounded(.down) + (Double(replica) < rest ? 1 : 0)
        }
        replicate(expert + 1, spare: spare - extra, parts + own)
      }
    }
    replicate(0, spare: slots - tokens.count, [])
    return best
  }
}
