import LoadBalancing
import Randomness
import TestTraces
import Testing

/// One random layer of one step.
struct DispatchCase {
  var placement: LayerPlacement
  var ranksPerNode: Int
  var experts: [UInt16]
  var topK: Int
  var sources: [UInt32]

  init(seed: UInt64) {
    var generator = SeededGenerator(seed: seed)
    ranksPerNode = 1 + generator.below(4)
    let ranks = ranksPerNode * (1 + generator.below(4))
    let experts = 2 + generator.below(12)
    let perRank = (experts + ranks - 1) / ranks + generator.below(3)
    var map = Array(0..<experts)
    while map.count < perRank * ranks { map.append(generator.below(2) == 0 ? 0 : generator.below(experts)) }
    generator.shuffle(&map)
    let raw = map.map { _ in 0.05 + generator.unit() }
    var sums = Array(repeating: 0.0, count: experts)
    for (slot, expert) in map.enumerated() { sums[expert] += raw[slot] }
    placement = LayerPlacement(
      experts: experts, ranks: ranks, physicalToLogical: map,
      shares: map.indices.map { raw[$0] / sums[map[$0]] })
    topK = 1 + generator.below(min(4, experts))
    let tokens = generator.below(60)
    sources = (0..<tokens).map { _ in UInt32(generator.below(ranks)) }
    self.experts = []
    for _ in 0..<tokens {
      var chosen = Array(0..<experts)
      generator.shuffle(&chosen)
      self.experts += chosen.prefix(topK).map { UInt16($0) }
    }
  }

  func assign(_ dispatch: inout some ReplicaDispatch) -> [Int] { assign(&dispatch, in: context) }

  func assign(_ dispatch: inout some ReplicaDispatch, in context: DispatchContext) -> [Int] {
    var slots = Array(repeating: UInt16.max, count: experts.count)
    var span = slots.mutableSpan
    dispatch.assign(experts: experts.span, sources: sources.span, in: context, into: &span)
    return slots.map { Int($0) }
  }

  var context: DispatchContext { DispatchContext(placement: placement, topK: topK, ranksPerNode: ranksPerNode) }

  /// Each visit's expert and source rank, in order.
  var visits: [(expert: Int, source: Int)] {
    experts.indices.map { (Int(experts[$0]), Int(sources[$0 / topK])) }
  }
}

@Suite struct DispatchTests {
  @Test func evenTakesReplicasInTurn() {
    var dispatch = EvenDispatch()
    for seed in 0..<300 {
      let item = DispatchCase(seed: UInt64(seed))
      var visits: [Int: Int] = [:]
      let expected = item.visits.map { expert, _ in
        let slots = Array(item.placement.slots(ofExpert: expert))
        defer { visits[expert, default: 0] += 1 }
        return slots[visits[expert, default: 0] % slots.count]
      }
      #expect(item.assign(&dispatch) == expected)
    }
  }

  /// The slots of an expert that are nearest to a source: on its rank, else on its node, else all.
  private static func nearest(_ expert: Int, to source: Int, _ item: DispatchCase) -> [Int] {
    let all = Array(item.placement.slots(ofExpert: expert))
    let onRank = all.filter { item.placement.rank(ofSlot: $0) == source }
    if !onRank.isEmpty { return onRank }
    let onNode = all.filter { item.placement.rank(ofSlot: $0) / item.ranksPerNode == source / item.ranksPerNode }
    return onNode.isEmpty ? all : onNode
  }

  @Test func nearestTakesTheClosestReplicasInTurn() {
    struct Turn: Hashable {
      var expert: Int
      var candidates: [Int]
    }
    var dispatch = NearestDispatch()
    for seed in 0..<300 {
      let item = DispatchCase(seed: UInt64(seed))
      var turns: [Turn: Int] = [:]
      let expected = item.visits.map { expert, source in
        let candidates = Self.nearest(expert, to: source, item)
        let turn = Turn(expert: expert, candidates: candidates)
        defer { turns[turn, default: 0] += 1 }
        return candidates[turns[turn, default: 0] % candidates.count]
      }
      #expect(item.assign(&dispatch) == expected)
    }
  }

  @Test func nearestSharesAreEqualOverTheClosestReplicasOfEverySource() {
    for seed in 0..<100 {
      let item = DispatchCase(seed: UInt64(seed))
      for source in 0..<item.placement.ranks {
        var expected = Array(repeating: 0.0, count: item.placement.slots)
        for expert in 0..<item.placement.experts {
          let candidates = Self.nearest(expert, to: source, item)
          for slot in candidates { expected[slot] = 1 / Double(candidates.count) }
        }
        let load = Array(repeating: 1.0, count: item.placement.experts)
        #expect(NearestDispatch().expectedShares(load: load, source: source, in: item.context) == expected)
      }
    }
  }

  @Test func weightedTakesTheReplicaFurthestBehindItsShare() {
    var dispatch = WeightedDispatch()
    for seed in 0..<300 {
      let item = DispatchCase(seed: UInt64(seed))
      var visits: [Int: Double] = [:]
      var given: [Int: Double] = [:]
      let expected = item.visits.map { expert, _ in
        visits[expert, default: 0] += 1
        func behind(_ slot: Int) -> Double {
          item.placement.shares[slot] * visits[expert, default: 0] - given[slot, default: 0]
        }
        let slots = item.placement.slots(ofExpert: expert)
        let slot = slots.first { slot in slots.allSatisfy { behind($0) <= behind(slot) } } ?? -1
        given[slot, default: 0] += 1
        return slot
      }
      #expect(item.assign(&dispatch) == expected)
    }
  }

  @Test func waterfillTakesTheRankWithTheFewestTokensSoFar() {
    var dispatch = WaterfillDispatch()
    for seed in 0..<300 {
      let item = DispatchCase(seed: UInt64(seed))
      var tokens: [Int: Int] = [:]
      let expected = item.visits.map { expert, _ in
        let slots = item.placement.slots(ofExpert: expert)
        let fewest = slots.map { tokens[item.placement.rank(ofSlot: $0), default: 0] }.min()
        let slot = slots.first { tokens[item.placement.rank(ofSlot: $0), default: 0] == fewest } ?? -1
        tokens[item.placement.rank(ofSlot: slot), default: 0] += 1
        return slot
      }
      #expect(item.assign(&dispatch) == expected)
    }
  }

  private func peak(_ slots: [Int], _ placement: LayerPlacement) -> Int {
    var tokens = Array(repeating: 0, count: placement.ranks)
    for slot in slots { tokens[placement.rank(ofSlot: slot)] += 1 }
    return tokens.max() ?? 0
  }

  @Test func optimalSendsEveryVisitToItsExpertAndIsNeverAboveAnotherRule() {
    var optimal = OptimalDispatch()
    for seed in 0..<500 {
      let item = DispatchCase(seed: UInt64(seed))
      let slots = item.assign(&optimal)
      #expect(slots.map { item.placement.physicalToLogical[$0] } == item.experts.map { Int($0) })
      let others: [any ReplicaDispatch] = [EvenDispatch(), NearestDispatch(), WeightedDispatch(), WaterfillDispatch()]
      for var other in others { #expect(peak(slots, item.placement) <= peak(item.assign(&other), item.placement)) }
    }
  }

  /// With more ranks than a word has bits the loop is another one.
  @Test func optimalHasTheSamePeakWithManyIdleRanksBesides() {
    var optimal = OptimalDispatch()
    for seed in 0..<300 {
      let item = DispatchCase(seed: UInt64(seed))
      let narrow = item.placement
      let perRank = narrow.slotsPerRank
      let nodes = 64 / item.ranksPerNode + 1
      let idle = nodes * item.ranksPerNode
      var wide = item
      wide.placement = LayerPlacement(
        experts: narrow.experts + 1, ranks: narrow.ranks + idle,
        physicalToLogical: narrow.physicalToLogical + Array(repeating: narrow.experts, count: idle * perRank))
      let slots = wide.assign(&optimal)
      #expect(slots.map { wide.placement.physicalToLogical[$0] } == item.experts.map { Int($0) })
      #expect(peak(slots, wide.placement) == peak(item.assign(&optimal), narrow))
    }
  }

  /// A hot rank gives the others room: a replica is then taken where the token goes anyway.
  @Test(arguments: [4, 80]) func optimalSavesCopiesWhereItCostsNoPeak(ranks: Int) {
    // Expert 0 on rank 0; expert 1 on rank 1; expert 2 on ranks 1 and 2; an idle expert on the rest.
    let map = [0, 3, 1, 2, 2, 3] + Array(repeating: 3, count: 2 * (ranks - 3))
    var item = DispatchCase(seed: 0)
    item.placement = LayerPlacement(experts: 4, ranks: ranks, physicalToLogical: map)
    item.ranksPerNode = 1
    item.topK = 2
    item.experts =
      Array(repeating: [0, 3], count: 40).flatMap(\.self) + Array(repeating: [2, 1], count: 15).flatMap(\.self)
    item.sources = Array(repeating: 0, count: 55)
    var optimal = OptimalDispatch()
    let slots = item.assign(&optimal)
    #expect(peak(slots, item.placement) == 40)
    #expect(slots.suffix(30).allSatisfy { item.placement.rank(ofSlot: $0) == 1 })
  }

  /// The least peak over all assignments, tried one by one.
  private func bruteForce(_ visits: ArraySlice<Int>, _ tokens: [Int], _ placement: LayerPlacement, _ best: Int) -> Int {
    guard let expert = visits.first else { return min(best, tokens.max() ?? 0) }
    var best = best
    for rank in Set(placement.slots(ofExpert: expert).map(placement.rank)) where tokens[rank] + 1 < best {
      var next = tokens
      next[rank] += 1
      best = bruteForce(visits.dropFirst(), next, placement, best)
    }
    return best
  }

  @Test func optimalEqualsTheBruteForceOptimum() {
    var optimal = OptimalDispatch()
    for seed in 1000..<1150 {
      var item = DispatchCase(seed: UInt64(seed))
      let tokens = min(item.sources.count, 9 / item.topK)
      item.sources = Array(item.sources.prefix(tokens))
      item.experts = Array(item.experts.prefix(tokens * item.topK))
      let best = bruteForce(
        item.experts.map { Int($0) }[...], Array(repeating: 0, count: item.placement.ranks), item.placement, .max)
      #expect(peak(item.assign(&optimal), item.placement) == best)
    }
  }

  @Test func expectedSharesSumToOneForEveryExpert() {
    for seed in 0..<100 {
      let item = DispatchCase(seed: UInt64(seed))
      let load = (0..<item.placement.experts).map { Double($0 * $0) }
      let rules: [any ReplicaDispatch] = [
        EvenDispatch(), NearestDispatch(), WeightedDispatch(), WaterfillDispatch(), OptimalDispatch(),
      ]
      for rule in rules {
        let shares = rule.expectedShares(load: load, source: 0, in: item.context)
        for expert in 0..<item.placement.experts {
          #expect(abs(item.placement.slots(ofExpert: expert).reduce(0) { $0 + shares[$1] } - 1) < 1e-9)
        }
      }
    }
  }

  /// What was dealt for a placement serves later steps, and is lengthened where they have more visits.
  @Test func weightedDealsOnForStepsWithMoreVisits() {
    for seed in 0..<40 {
      let first = DispatchCase(seed: UInt64(seed))
      guard !first.experts.isEmpty else { continue }
      var dispatch = WeightedDispatch()
      for times in [1, 3, 2, 40, 200, 1] {
        var longer = first
        longer.experts = Array(repeatElement(first.experts, count: times).joined())
        longer.sources = Array(repeatElement(first.sources, count: times).joined())
        var fresh = longer
        fresh.placement = LayerPlacement(
          experts: first.placement.experts, ranks: first.placement.ranks,
          physicalToLogical: first.placement.physicalToLogical, shares: first.placement.shares)
        var other = WeightedDispatch()
        #expect(longer.assign(&dispatch) == fresh.assign(&other))
      }
    }
  }

  /// Where a rule says so, replicas are visited in turn.
  @Test func takesTurnsWhereItSaysSo() {
    for seed in 0..<60 {
      var item = DispatchCase(seed: UInt64(seed))
      let map = item.placement.physicalToLogical
      let even = LayerPlacement(experts: item.placement.experts, ranks: item.placement.ranks, physicalToLogical: map)
      let ranks = item.placement.ranks
      let alone = LayerPlacement(
        experts: 12, ranks: [1, 2, 3, 4, 6, 12].last { $0 <= ranks } ?? 1, physicalToLogical: Array((0..<12).reversed())
      )
      let rules: [any ReplicaDispatch] = [EvenDispatch(), WeightedDispatch(), WaterfillDispatch(), NearestDispatch()]
      for placement in [item.placement, even, alone] {
        item.placement = placement
        item.experts = item.experts.map { min($0, UInt16(placement.experts - 1)) }
        item.sources = item.sources.map { min($0, UInt32(placement.ranks - 1)) }
        var turns = EvenDispatch()
        let inTurn = item.assign(&turns)
        for rule in rules where rule.takesTurns(in: placement) {
          var rule = rule
          #expect(item.assign(&rule) == inTurn)
        }
      }
      #expect(WeightedDispatch().takesTurns(in: even) && WaterfillDispatch().takesTurns(in: alone))
    }
    let uneven = LayerPlacement(experts: 1, ranks: 2, physicalToLogical: [0, 0], shares: [0.5, 0.500001])
    #expect(!WeightedDispatch().takesTurns(in: uneven))
  }
}
