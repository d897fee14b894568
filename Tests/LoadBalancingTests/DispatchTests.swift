import LoadBalancing
import Randomness
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
    map.shuffle(using: &generator)
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
      chosen.shuffle(using: &generator)
      self.experts += chosen.prefix(topK).map { UInt16($0) }
    }
  }

  func assign(_ dispatch: inout some ReplicaDispatch) -> [Int] {
    var slots = Array(repeating: UInt16.max, count: experts.count)
    experts.withUnsafeBufferPointer { experts in
      sources.withUnsafeBufferPointer { sources in
        slots.withUnsafeMutableBufferPointer { slots in
          dispatch.assign(
            experts: experts, topK: topK, sources: sources, placement: placement, ranksPerNode: ranksPerNode,
            into: slots)
        }
      }
    }
    return slots.map { Int($0) }
  }

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
        let all = Array(item.placement.slots(ofExpert: expert))
        var candidates = all.filter { item.placement.rank(ofSlot: $0) == source }
        if candidates.isEmpty {
          candidates = all.filter { item.placement.rank(ofSlot: $0) / item.ranksPerNode == source / item.ranksPerNode }
        }
        if candidates.isEmpty { candidates = all }
        let turn = Turn(expert: expert, candidates: candidates)
        defer { turns[turn, default: 0] += 1 }
        return candidates[turns[turn, default: 0] % candidates.count]
      }
      #expect(item.assign(&dispatch) == expected)
    }
  }
}
