import LoadBalancing
import Randomness
import Testing

/// What the local search takes for better is better, and it stops where no exchange is.
@Suite struct WindowSearchTests {
  private struct Case {
    let start: LayerPlacement
    let loads: [ArraySlice<Double>]

    init(seed: UInt64) {
      var random = SeededGenerator(seed: seed)
      let ranks = 3 + random.below(3)
      let experts = ranks * (1 + random.below(3))
      let steps = 1 + random.below(4)
      let map = Array(0..<experts) + (0..<ranks).map { _ in random.below(experts) }
      start = LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: map)
      loads = (0..<steps).map { _ in (0..<experts).map { _ in Double(random.below(40)) }[...] }
    }

    func cost(_ tokens: Double) -> Double { tokens > 0 ? tokens + 5 : 0 }

    /// `[steps][ranks]`
    func costs(_ placement: LayerPlacement) -> [[Double]] {
      loads.map { load in
        (0..<placement.ranks).map { rank in
          placement.physicalToLogical.indices.filter { $0 / placement.slotsPerRank == rank }.reduce(0) { sum, slot in
            let share = placement.shares[slot]
            return sum + (share > 0 ? cost(load[placement.physicalToLogical[slot]] * share) : 0)
          }
        }
      }
    }

    /// Sum over steps of the most expensive rank, and a tenth of the squares over what all ranks cost at the start.
    func value(_ placement: LayerPlacement) -> (peaks: Double, all: Double) {
      var (peaks, squares) = (0.0, 0.0)
      for (step, before) in zip(costs(placement), costs(start)) {
        let total = before.reduce(0, +)
        peaks += step.max() ?? 0
        squares += total > 0 ? 0.1 * step.reduce(0) { $0 + $1 * $1 } / total : 0
      }
      return (peaks, peaks + squares)
    }
  }

  @Test(arguments: [false, true]) func everyChangeIsWorthMoreThanATenThousandth(hasFreeShares: Bool) {
    var changes = 0
    for seed in 0..<200 {
      let trial = Case(seed: UInt64(seed))
      var search = WindowSearch(trial.start, loads: trial.loads, hasFreeShares: hasFreeShares, cost: trial.cost)
      var before = trial.value(search.placement)
      while search.improve() {
        let after = trial.value(search.placement)
        #expect(after.all < before.all - 1e-4 * before.peaks + 1e-9 * before.all)
        guard after.all < before.all else { break }
        before = after
        changes += 1
      }
    }
    #expect(changes > 200)
  }

  /// Of those that take a slot off one of the ranks that are most expensive most often.
  @Test func whereItStopsNoExchangeIsBetter() {
    for seed in 0..<100 {
      let trial = Case(seed: UInt64(seed))
      guard trial.loads.count == 1 else { continue }
      var search = WindowSearch(trial.start, loads: trial.loads, hasFreeShares: false, cost: trial.cost)
      for _ in 0..<1000 where search.improve() {}
      let found = search.placement
      let value = trial.value(found)
      func holds(_ expert: Int, _ rank: Int) -> Bool { found.experts(onRank: rank).contains(expert) }
      let loads = trial.costs(found)[0]
      guard let hottest = loads.indices.max(by: { (loads[$0], -$0) < (loads[$1], -$1) }) else { continue }
      for slot in found.physicalToLogical.indices where slot / found.slotsPerRank == hottest {
        for other in found.physicalToLogical.indices where other / found.slotsPerRank != hottest {
          let (mine, its) = (found.physicalToLogical[slot], found.physicalToLogical[other])
          guard !holds(mine, other / found.slotsPerRank), !holds(its, hottest) else { continue }
          var (map, shares) = (found.physicalToLogical, found.shares)
          map.swapAt(slot, other)
          shares.swapAt(slot, other)
          let exchanged = LayerPlacement(
            experts: found.experts, ranks: found.ranks, physicalToLogical: map, shares: shares)
          #expect(trial.value(exchanged).all >= value.all - 1e-4 * value.peaks - 1e-9 * value.all)
        }
      }
    }
  }
}
