import Diagnostics
import LoadBalancing
import Testing

/// Rules of serving systems against what their descriptions say, visit by visit.
@Suite struct ServerDispatchTests {
  /// A visit as a rank sees it.
  struct Seen {
    var expert: Int
    var source: Int
    /// The token's number on its source, and the visit's.
    var token: Int
    var number: Int
    /// The expert's slots, and those of them on the source's rank and node.
    var slots: [Int]
    var onRank: [Int]
    var onNode: [Int]
  }

  static func seen(_ item: DispatchCase) -> [Seen] {
    var tokens: [Int: Int] = [:]
    return item.sources.indices.flatMap { index in
      let source = Int(item.sources[index])
      let token = tokens[source, default: 0]
      tokens[source] = token + 1
      return (0..<item.topK).map { place in
        let expert = Int(item.experts[index * item.topK + place])
        let slots = Array(item.placement.slots(ofExpert: expert))
        let ranks = slots.map(item.placement.rank(ofSlot:))
        return Seen(
          expert: expert, source: source, token: token, number: token * item.topK + place, slots: slots,
          onRank: zip(slots, ranks).filter { $1 == source }.map(\.0),
          onNode: zip(slots, ranks).filter { $1 / item.ranksPerNode == source / item.ranksPerNode }.map(\.0))
      }
    }
  }

  private func expect(_ rule: some ReplicaDispatch, choosing slot: (Seen) -> Int) {
    var rule = rule
    for seed in 0..<200 {
      let item = DispatchCase(seed: UInt64(seed))
      #expect(item.assign(&rule) == Self.seen(item).map(slot), "seed \(seed)")
    }
  }

  private func hash(_ token: Int) -> Int { token * 2_654_435_769 % (1 << 32) }

  @Test func vllmGoesByTheVisitsNumber() {
    expect(VLLMDispatch()) { $0.slots[$0.number % $0.slots.count] }
  }

  @Test func vllmHashedGoesByAHashOfTheTokensNumber() {
    expect(VLLMHashedDispatch()) { $0.slots[hash($0.token) % $0.slots.count] }
  }

  @Test func ascendFixedHasOneReplicaForEachSource() {
    expect(AscendFixedDispatch()) { $0.slots[$0.source % $0.slots.count] }
    expect(AscendFixedDispatch(tensorParallel: 2)) {
      $0.slots[($0.source % 2 + $0.source / 2 + $0.expert) % $0.slots.count]
    }
  }

  @Test func ascendPeriodicGoesByTokenRankAndExpert() {
    expect(AscendPeriodicDispatch()) { $0.slots[($0.token + $0.source + $0.expert) % $0.slots.count] }
  }

  /// 1024 is no multiple of three replicas, so that the turn is seen to begin anew.
  @Test func ascendPeriodicBeginsAnewEvery1024Tokens() {
    var item = DispatchCase(seed: 0)
    item.placement = LayerPlacement(experts: 2, ranks: 2, physicalToLogical: [0, 1, 0, 0])
    item.topK = 1
    item.sources = Array(repeating: 1, count: 2000)
    item.experts = Array(repeating: 0, count: 2000)
    var rule = AscendPeriodicDispatch()
    let slots = [0, 2, 3]
    let expected = (0..<2000).map { token -> Int in slots[(token % 1024 + 1) % 3] }
    #expect(item.assign(&rule) == expected)
  }

  @Test func atomStaysOnTheRankIfItCan() {
    expect(ATOMDispatch()) { $0.onRank.first ?? $0.slots[hash($0.token) % $0.slots.count] }
  }

  /// Few ranks and many tokens, so that blocks of 1024 visits end.
  @Test(arguments: [true, false]) func tensorrtTakesTurnsInEachBlockOfItsOwn(offsetByRank: Bool) {
    var item = DispatchCase(seed: 3)
    item.sources = (0..<4000).map { UInt32($0 % 3 % item.placement.ranks) }
    item.experts = (0..<4000).flatMap { token in
      (0..<item.topK).map { UInt16((token * token + $0) % item.placement.experts) }
    }
    var visits: [[Int]: Int] = [:]
    let expected = Self.seen(item).map { visit in
      let block = visit.number / 1024
      let key = [visit.source, visit.expert, block]
      defer { visits[key, default: 0] += 1 }
      let offset = offsetByRank ? visit.source : 0
      return visit.slots[(block + offset + visits[key, default: 0]) % visit.slots.count]
    }
    var rule = TensorRTDispatch(offsetByRank: offsetByRank)
    #expect(item.assign(&rule) == expected)
    #expect(Self.seen(item).contains { $0.number >= 1024 && $0.slots.count > 1 })
  }

  @Test func tensorrtIsWithinOneOfEvenInABlock() {
    var rule = TensorRTDispatch()
    for seed in 0..<200 {
      let item = DispatchCase(seed: UInt64(seed))
      var counts: [[Int]: Int] = [:]
      for (visit, slot) in zip(Self.seen(item), item.assign(&rule)) {
        counts[[visit.source, visit.expert, slot], default: 0] += 1
      }
      for visit in Self.seen(item) {
        let each = visit.slots.map { counts[[visit.source, visit.expert, $0], default: 0] }
        #expect((each.max() ?? 0) - (each.min() ?? 0) <= 1)
      }
    }
  }

  @Test func sglangStaticIsNearestElseDealtEvenly() {
    var rule = SGLangStaticDispatch()
    for seed in 0..<200 {
      var item = DispatchCase(seed: UInt64(seed))
      // One token for each rank and expert, so that the whole map is seen.
      let (ranks, experts) = (item.placement.ranks, item.placement.experts)
      item.topK = 1
      item.sources = (0..<ranks * experts).map { UInt32($0 / experts) }
      item.experts = (0..<ranks * experts).map { UInt16($0 % experts) }
      var dealt: [[Int]: Int] = [:]
      for (visit, slot) in zip(Self.seen(item), item.assign(&rule)) {
        if let near = visit.onRank.first ?? visit.onNode.first {
          #expect(slot == near)
        } else {
          #expect(visit.slots.contains(slot))
          dealt[[visit.expert, slot], default: 0] += 1
        }
      }
      for expert in 0..<experts {
        let each = item.placement.slots(ofExpert: expert).map { dealt[[expert, $0], default: 0] }
        #expect((each.max() ?? 0) - (each.min() ?? 0) <= 1)
      }
    }
  }

  @Test func sglangDynamicDrawsAllReplicasAlike() {
    var item = DispatchCase(seed: 0)
    item.placement = LayerPlacement(experts: 2, ranks: 4, physicalToLogical: [0, 1, 0, 0])
    item.ranksPerNode = 2
    item.topK = 1
    item.sources = Array(repeating: 1, count: 30_000)
    item.experts = Array(repeating: 0, count: 30_000)
    var rule = SGLangDynamicDispatch()
    let slots = item.assign(&rule)
    for slot in [0, 2, 3] { #expect(abs(slots.count { $0 == slot } - 10_000) < 400) }
    var near = SGLangDynamicDispatch(among: .nearest)
    #expect(item.assign(&near).allSatisfy { $0 == 0 })
    item.sources = Array(repeating: 2, count: 30_000)
    #expect(item.assign(&near).allSatisfy { $0 == 2 })
  }

  /// Copies on all ranks but one: the optimum is unequal, and draws scatter around it.
  @Test func lpDrawsByTheSharesThatEvenOutTheRanks() {
    var item = DispatchCase(seed: 0)
    item.placement = LayerPlacement(experts: 3, ranks: 2, physicalToLogical: [0, 1, 0, 2])
    item.topK = 1
    item.sources = Array(repeating: 0, count: 30_000)
    item.experts = (0..<30_000).map { [0, 0, 0, 1, 1, 2][$0 % 6] }
    // 15,000 visits to expert 0; ranks have 10,000 and 5,000 others, so they should take 5,000 and 10,000.
    var rule = LPDispatch()
    let slots = item.assign(&rule)
    #expect(abs(slots.count { $0 == 0 } - 5000) < 300)
    #expect(slots.count { $0 == 0 } != 5000)
    #expect(item.assign(&rule) == slots)
    var context = item.context
    context.step = 1
    #expect(item.assign(&rule, in: context) != slots)
  }

  @Test func staleOptimumGoesByTheLoadThatIsShown() {
    var item = DispatchCase(seed: 0)
    item.placement = LayerPlacement(experts: 3, ranks: 2, physicalToLogical: [0, 1, 0, 2])
    item.topK = 1
    item.sources = Array(repeating: 0, count: 12)
    item.experts = Array(repeating: 0, count: 12)
    for origin in [LoadOrigin.last, .prediction] {
      var rule = StaleOptimalDispatch(from: origin)
      #expect(item.assign(&rule).count { $0 == 0 } == 6)
      var context = item.context
      context.shownLoad = [12, 8, 4]
      #expect(item.assign(&rule, in: context).count { $0 == 0 } == 4)
      #expect(abs(rule.expectedShares(load: [1, 0, 0], source: 0, in: context)[0] - 4.0 / 12) < 1e-9)
    }
  }

  static var all: [any ReplicaDispatch] {
    [
      VLLMDispatch(), VLLMHashedDispatch(), TensorRTDispatch(), AscendFixedDispatch(),
      AscendFixedDispatch(tensorParallel: 2), AscendPeriodicDispatch(), ATOMDispatch(), SGLangStaticDispatch(),
      SGLangDynamicDispatch(), SGLangDynamicDispatch(among: .nearest), LPDispatch(), LPDispatch(from: .last),
      StaleOptimalDispatch(from: .last),
    ]
  }

  @Test func everyVisitGetsAReplicaOfItsExpertAndTheSameAgain() {
    for seed in 0..<200 {
      let item = DispatchCase(seed: UInt64(seed))
      for var rule in Self.all {
        let slots = item.assign(&rule)
        #expect(slots.map { item.placement.physicalToLogical[$0] } == item.experts.map { Int($0) })
        #expect(item.assign(&rule) == slots)
      }
    }
  }

  @Test func expectedSharesSumToOneForEveryExpert() {
    for seed in 0..<50 {
      let item = DispatchCase(seed: UInt64(seed))
      let load = (0..<item.placement.experts).map { Double($0 * $0) }
      for rule in Self.all {
        for source in 0..<item.placement.ranks {
          let shares = rule.expectedShares(load: load, source: source, in: item.context)
          for expert in 0..<item.placement.experts {
            #expect(abs(item.placement.slots(ofExpert: expert).reduce(0) { $0 + shares[$1] } - 1) < 1e-9)
          }
        }
      }
    }
  }

  /// What is expected of many tokens of a source is what they come to.
  @Test func expectedSharesAreWhatManyTokensComeTo() {
    for seed in 0..<20 {
      var item = DispatchCase(seed: UInt64(seed))
      let source = item.placement.ranks - 1
      item.topK = 1
      for expert in 0..<item.placement.experts {
        item.sources = Array(repeating: UInt32(source), count: 6144)
        item.experts = Array(repeating: UInt16(expert), count: 6144)
        let load = item.placement.experts.indicator(of: expert, 6144)
        for var rule in Self.all {
          let shares = rule.expectedShares(load: load, source: source, in: item.context)
          let slots = item.assign(&rule)
          for slot in item.placement.slots(ofExpert: expert) {
            #expect(abs(Double(slots.count { $0 == slot }) / 6144 - shares[slot]) < 0.04, "\(type(of: rule))")
          }
        }
      }
    }
  }
}

extension Int {
  fileprivate func indicator(of index: Int, _ value: Double) -> [Double] { (0..<self).map { $0 == index ? value : 0 } }
}
