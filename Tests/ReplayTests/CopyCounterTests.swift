import LoadBalancing
import PerformanceModel
import Randomness
import Replay
import Testing

@Suite struct CopyCounterTests {
  /// A placement in which every expert has one slot at least, and the slots that are left over are anybody's.
  private static func placement(
    experts: Int, ranks: Int, slotsPerRank: Int, _ random: inout SeededGenerator
  ) -> LayerPlacement {
    let spare = (0..<ranks * slotsPerRank - experts).map { _ in random.below(experts) }
    return LayerPlacement(
      experts: experts, ranks: ranks, physicalToLogical: random.shuffled(Array(0..<experts) + spare))
  }

  /// What `TrafficCounterTests.naive` counts, without visits from rank to rank, and where `isFolded` as ports carry it, who
  /// have the same price.
  private static func check(
    _ counter: CopyCounter, _ traffic: Traffic, slots: [[Int]], sources: [Int], slotsPerRank: Int, alive: [Int]? = nil,
    isFolded: Bool = false
  ) {
    let (ranks, ranksPerNode) = (traffic.ranks, traffic.ranksPerNode)
    let onRanks = slots.map { $0.map { slot in alive?[slot / slotsPerRank] ?? slot / slotsPerRank } }
    let naive = TrafficCounterTests.naive(
      slots: onRanks, sources: sources, ranks: ranks, ranksPerNode: ranksPerNode, slotsPerRank: 1)
    if isFolded {
      #expect(traffic.relayed == relayed(naive) && traffic.rankCopies.isEmpty && traffic.nodeCopies.isEmpty)
      for (counted, whole) in [(traffic, naive), (traffic.halved, naive.halved)] {
        #expect(counted.portCopies(.dedup) == whole.portCopies(.dedup))
        #expect(counted.arrivedTokens(share: 0.5) == whole.arrivedTokens(share: 0.5))
      }
    } else {
      #expect(traffic.rankCopies == naive.rankCopies && traffic.nodeCopies == naive.nodeCopies)
      #expect(traffic.relayed == nil)
    }
    #expect(traffic.visits.isEmpty)
    #expect(
      traffic.visitsBySource == (0..<ranks).map { naive.visits[$0 * ranks..<($0 + 1) * ranks].reduce(0, +) })
    var tokens = Array(repeating: 0.0, count: counter.slotTokens.count)
    for slot in slots.joined() { tokens[slot] += 1 }
    #expect(counter.slotTokens == tokens)
    #expect(counter.mostNodes == onRanks.map { Set($0.map { $0 / ranksPerNode }).count }.max() ?? 0)
  }

  /// A copy for another node goes from its source to the rank of the source's index there.
  private static func relayed(_ traffic: Traffic) -> RelayedCopies {
    let (ranks, ranksPerNode) = (traffic.ranks, traffic.ranksPerNode)
    var relayed = RelayedCopies(ranks: ranks, ranksPerNode: ranksPerNode)
    for source in 0..<ranks {
      for rank in 0..<ranks {
        relayed.toRanks[source % ranksPerNode * ranks + rank] += traffic.rankCopies[source * ranks + rank]
      }
      for node in 0..<traffic.nodes {
        let copies = traffic.nodeCopies[source * traffic.nodes + node]
        if node == source / ranksPerNode {
          relayed.within += copies
        } else {
          relayed.sentOut[source] += copies
          relayed.receivedOut[node * ranksPerNode + source % ranksPerNode] += copies
        }
      }
    }
    return relayed
  }

  /// Machines of one node and of as many as ranks; ranks, and nodes, whose bits take one word and several. Some sources have
  /// more tokens than a byte counts.
  private static let machines = [
    (1, 1, 4, 4), (2, 2, 3, 5), (6, 3, 4, 20), (8, 4, 2, 12), (64, 8, 5, 256), (64, 1, 2, 100), (65, 1, 2, 80),
    (72, 4, 3, 150), (144, 72, 2, 200), (256, 8, 2, 300), (320, 320, 1, 320),
  ]

  @Test(arguments: machines, [TrafficDetail.ranks, .relays])
  func `replicas in turn are counted as sets count them`(
    machine: (ranks: Int, ranksPerNode: Int, slotsPerRank: Int, experts: Int), detail: TrafficDetail
  ) {
    let (ranks, ranksPerNode, slotsPerRank, experts) = machine
    let isFolded = detail == .relays
    guard isFolded || ranks <= CopyCounter.mostRanksApart else { return }
    var random = SeededGenerator(seed: UInt64(ranks * experts))
    let counter = CopyCounter(ranks: ranks, ranksPerNode: ranksPerNode, detail: detail)
    var traffic = Traffic(ranks: ranks, ranksPerNode: ranksPerNode)
    for (tokens, topK) in [(0, 2), (1, 1), (700, 3), (90, 4), (40, min(8, experts))] where topK <= experts {
      let placement = Self.placement(experts: experts, ranks: ranks, slotsPerRank: slotsPerRank, &random)
      let chosen = (0..<tokens).map { _ in Array(random.shuffled(0..<experts).prefix(topK)) }
      let sources = (0..<tokens).map { _ in random.below(2) == 0 ? 0 : random.below(ranks) }
      var visits = Array(repeating: 0, count: experts)
      let slots = chosen.map { experts in
        experts.map { expert in
          let replicas = placement.slots(ofExpert: expert)
          visits[expert] += 1
          return replicas[replicas.startIndex + (visits[expert] - 1) % replicas.count]
        }
      }
      let (ids, starts) = (chosen.flatMap { $0.map(UInt16.init) }, sources.map(UInt32.init))
      counter.count(experts: ids.span, topK: topK, sources: starts.span, placement: placement, into: &traffic)
      Self.check(
        counter, traffic, slots: slots, sources: sources, slotsPerRank: slotsPerRank, isFolded: isFolded)

      let free = slots.map { $0.map { _ in random.below(placement.slots) } }
      let slotOfVisit = free.flatMap { $0.map(UInt16.init) }
      counter.count(
        slotOfVisit: slotOfVisit.span, topK: topK, sources: starts.span, placement: placement, into: &traffic)
      Self.check(
        counter, traffic, slots: free, sources: sources, slotsPerRank: slotsPerRank, isFolded: isFolded)
    }
  }

  @Test func `only ranks that are there have slots`() {
    var random = SeededGenerator(seed: 9)
    let (alive, slotsPerRank, topK) = ([0, 3, 4, 5, 9], 2, 3)
    let counter = CopyCounter(ranks: 12, ranksPerNode: 4, detail: .ranks)
    var traffic = Traffic(ranks: 12, ranksPerNode: 4)
    let whole = Self.placement(experts: 24, ranks: 12, slotsPerRank: slotsPerRank, &random)
    let few = Self.placement(experts: 7, ranks: alive.count, slotsPerRank: slotsPerRank, &random)
    for (placement, alive) in [(whole, nil), (few, alive), (whole, nil)] {
      let chosen = (0..<50).map { _ in Array(random.shuffled(0..<placement.slots).prefix(topK)) }
      let sources = chosen.map { _ in random.below(12) }
      let (slots, starts) = (chosen.flatMap { $0.map(UInt16.init) }, sources.map(UInt32.init))
      counter.count(
        slotOfVisit: slots.span, topK: topK, sources: starts.span, placement: placement, alive: alive, into: &traffic)
      Self.check(counter, traffic, slots: chosen, sources: sources, slotsPerRank: slotsPerRank, alive: alive)
    }
  }
}
