import LoadBalancing
import Randomness
import Testing

/// Who sends what when a placement changes.
@Suite struct MovementTests {
  /// A random change of one layer.
  struct Change {
    var old: LayerPlacement
    var new: LayerPlacement
    var ranksPerNode: Int

    init(seed: UInt64) {
      var random = SeededGenerator(seed: seed)
      ranksPerNode = 1 + random.below(4)
      let ranks = ranksPerNode * (1 + random.below(3))
      let experts = ranks + random.below(10)
      let slots = ranks * ((experts + ranks - 1) / ranks + random.below(3))
      func placement() -> LayerPlacement {
        let map = random.shuffled((0..<slots).map { $0 < experts ? $0 : random.below(experts) })
        return LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: map)
      }
      old = placement()
      new = placement()
    }

    func experts(_ placement: LayerPlacement, _ rank: Int) -> Set<Int> {
      Set(placement.physicalToLogical[rank * placement.slotsPerRank..<(rank + 1) * placement.slotsPerRank])
    }

    func holders(_ expert: Int) -> [Int] { (0..<old.ranks).filter { experts(old, $0).contains(expert) } }

    func needed(by rank: Int) -> Set<Int> { experts(new, rank).subtracting(experts(old, rank)) }

    func receivers(_ expert: Int) -> [Int] { (0..<new.ranks).filter { needed(by: $0).contains(expert) } }
  }

  private func fetches(_ rule: String, _ change: Change) throws -> [ExpertFetch] {
    var senders = try SenderRules.registry.named(rule)()
    return senders.fetches(from: change.old, to: change.new, ranksPerNode: change.ranksPerNode)
  }

  @Test(arguments: SenderRules.registry.names)
  func everyRankGetsWhatItNeedsOnceFromOneThatHasIt(rule: String) throws {
    for seed in 0..<200 {
      let change = Change(seed: UInt64(seed))
      let fetches = try fetches(rule, change)
      for rank in 0..<change.new.ranks {
        let fetched = fetches.filter { $0.receiver == rank }.map(\.expert)
        #expect(Set(fetched) == change.needed(by: rank))
        #expect(Set(fetched).count == fetched.count)
      }
      #expect(fetches.allSatisfy { change.holders($0.expert).contains($0.sender) })
    }
  }

  private func expect(_ rule: String, toSend sender: (Change, _ expert: Int, _ receiver: Int) -> Int) throws {
    for seed in 0..<200 {
      let change = Change(seed: UInt64(seed))
      for fetch in try fetches(rule, change) {
        #expect(fetch.sender == sender(change, fetch.expert, fetch.receiver), "seed \(seed): \(fetch)")
      }
    }
  }

  /// The holder whose run of so many receivers the k-th is in, those left over one by one.
  private func inRuns(_ place: Int, of count: Int, _ holders: [Int]) -> Int {
    let runs = holders.flatMap { Array(repeating: $0, count: count / holders.count) } + holders
    return runs[place]
  }

  @Test func vllmGivesEveryHolderARunOfReceivers() throws {
    try expect("vllm") { change, expert, receiver in
      let receivers = change.receivers(expert)
      return inRuns(receivers.firstIndex(of: receiver) ?? -1, of: receivers.count, change.holders(expert))
    }
  }

  @Test func anyAsksWhoHasLeastToSendInThisLayerAndThoseBefore() throws {
    for seed in 0..<200 {
      let change = Change(seed: UInt64(seed))
      var senders = try SenderRules.registry.named("any")()
      var sent = Array(repeating: 0, count: change.old.ranks)
      for _ in 0..<3 {
        for fetch in senders.fetches(from: change.old, to: change.new, ranksPerNode: change.ranksPerNode) {
          let holders = change.holders(fetch.expert)
          let near = holders.filter { $0 / change.ranksPerNode == fetch.receiver / change.ranksPerNode }
          let expected = (near.isEmpty ? holders : near).min { (sent[$0], $0) < (sent[$1], $1) }
          #expect(fetch.sender == expected, "seed \(seed): \(fetch)")
          sent[fetch.sender] += 1
        }
      }
    }
  }

  @Test func sglangStaysOnTheNodeIfItCan() throws {
    try expect("sglang") { change, expert, receiver in
      func node(_ rank: Int) -> Int { rank / change.ranksPerNode }
      let holders = change.holders(expert)
      let near = holders.filter { node($0) == node(receiver) }
      let isFar = { rank in !holders.contains { node($0) == node(rank) } }
      let group = change.receivers(expert).filter { near.isEmpty ? isFar($0) : node($0) == node(receiver) }
      let senders = near.isEmpty ? holders : near
      var turns = Array(repeating: 0, count: senders.count)
      for place in group.indices { turns[place % senders.count] += 1 }
      let runs = zip(senders, turns).flatMap { Array(repeating: $0, count: $1) }
      return runs[group.firstIndex(of: receiver) ?? -1]
    }
  }

  @Test func ascendAsksOneThatGivesItUp() throws {
    try expect("ascend") { change, expert, _ in
      let holders = change.holders(expert)
      return holders.first { !change.experts(change.new, $0).contains(expert) } ?? holders[0]
    }
  }

  @Test(arguments: SenderRules.registry.names)
  func batchesOfPairsKeepNoRankBusyTwiceAndLoseNothing(rule: String) throws {
    for seed in 0..<100 {
      let fetches = try fetches(rule, Change(seed: UInt64(seed)))
      let batches = PairBatches.batches(of: fetches)
      for (place, batch) in batches.enumerated() {
        let ranks = batch.flatMap { [$0.sender, $0.receiver] }
        #expect(Set(ranks).count == ranks.count)
        // What is in a later batch had no place in an earlier one.
        for flow in batch {
          for earlier in batches.prefix(place) {
            let first = flow.experts[0]
            let before = earlier.filter {
              ($0.experts[0], $0.sender, $0.receiver) < (first, flow.sender, flow.receiver)
            }
            #expect(before.contains { !Set([$0.sender, $0.receiver]).isDisjoint(with: [flow.sender, flow.receiver]) })
          }
        }
      }
      let sent = batches.joined().flatMap { flow in
        flow.experts.map { ExpertFetch(expert: $0, sender: flow.sender, receiver: flow.receiver) }
      }
      func order(_ fetch: ExpertFetch) -> [Int] { [fetch.receiver, fetch.expert, fetch.sender] }
      let all = { (some: [ExpertFetch]) in some.map(order).sorted { $0.lexicographicallyPrecedes($1) } }
      #expect(all(sent) == all(fetches))
    }
  }

  @Test func slotsThatAreKeptHoldWhatTheyHeldAndRanksWhatTheyShould() {
    for seed in 0..<200 {
      let change = Change(seed: UInt64(seed))
      let shares = change.new.physicalToLogical.indices.map { Double($0) }
      let new = LayerPlacement(
        experts: change.new.experts, ranks: change.new.ranks, physicalToLogical: change.new.physicalToLogical,
        shares: shares)
      let kept = new.keepingSlots(of: change.old)
      for rank in 0..<new.ranks {
        let slots = Array(rank * new.slotsPerRank..<(rank + 1) * new.slotsPerRank)
        let pairs = { (layer: LayerPlacement) in slots.map { [Double(layer.physicalToLogical[$0]), layer.shares[$0]] } }
        #expect(Set(pairs(kept)) == Set(pairs(new)))
        for expert in Set(new.physicalToLogical) {
          let count = { (layer: LayerPlacement) in slots.count { layer.physicalToLogical[$0] == expert } }
          let stay = slots.count {
            kept.physicalToLogical[$0] == expert && change.old.physicalToLogical[$0] == expert
          }
          #expect(stay == min(count(change.old), count(new)))
        }
      }
    }
  }
}
