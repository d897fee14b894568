import PerformanceModel
import Randomness
import Replay
import Testing

@Suite struct TrafficCounterTests {
  /// Sets and dictionaries, token by token.
  static func naive(slots: [[Int]], sources: [Int], ranks: Int, ranksPerNode: Int, slotsPerRank: Int) -> Traffic {
    var traffic = Traffic(ranks: ranks, ranksPerNode: ranksPerNode)
    for (slots, source) in zip(slots, sources) {
      let destinations = slots.map { $0 / slotsPerRank }
      for rank in destinations { traffic.visits[source * ranks + rank] += 1 }
      for rank in Set(destinations) { traffic.rankCopies[source * ranks + rank] += 1 }
      for node in Set(destinations.map { $0 / ranksPerNode }) {
        traffic.nodeCopies[source * traffic.nodes + node] += 1
      }
    }
    return traffic
  }

  @Test(arguments: [(1, 1, 4), (2, 2, 3), (8, 4, 2), (64, 8, 1), (72, 8, 2), (128, 16, 1), (256, 256, 1)])
  func countsWhatSetsCount(ranks: Int, ranksPerNode: Int, slotsPerRank: Int) {
    var random = SeededGenerator(seed: UInt64(ranks))
    let topK = min(4, ranks * slotsPerRank)
    let counter = TrafficCounter(ranks: ranks, ranksPerNode: ranksPerNode, slotsPerRank: slotsPerRank)
    for tokens in [0, 1, 37, 400] {
      let slots = (0..<tokens).map { _ in Array(random.shuffled(0..<ranks * slotsPerRank).prefix(topK)) }
      let sources = (0..<tokens).map { _ in random.below(ranks) }
      var traffic = Traffic(ranks: ranks, ranksPerNode: ranksPerNode)
      let (slotOfVisit, ranksOfTokens) = (slots.flatMap { $0.map(UInt16.init) }, sources.map(UInt32.init))
      counter.count(slotOfVisit: slotOfVisit.span, topK: topK, sources: ranksOfTokens.span, into: &traffic)
      let expected = Self.naive(
        slots: slots, sources: sources, ranks: ranks, ranksPerNode: ranksPerNode, slotsPerRank: slotsPerRank)
      #expect(traffic == expected)
      let slotTokens = slots.flatMap { $0 }.reduce(into: Array(repeating: 0, count: ranks * slotsPerRank)) {
        $0[$1] += 1
      }
      #expect(counter.slotTokens.map(Int.init) == slotTokens)
    }
  }

  /// Few cells have visits, then many, then few: what was there before must be gone, in every order.
  @Test(arguments: [true, false])
  func `traffic is filled over what was filled before`(isAlone: Bool) {
    let (ranks, ranksPerNode, topK) = (96, 8, 6)
    var random = SeededGenerator(seed: 5)
    let counter = TrafficCounter(ranks: ranks, ranksPerNode: ranksPerNode, slotsPerRank: 2, isAlone: isAlone)
    var traffic = Traffic(ranks: ranks, ranksPerNode: ranksPerNode)
    for tokens in [20, 7, 0, 5000, 30, 200, 4000, 4000, 1] {
      let slots = (0..<tokens).map { _ in Array(random.shuffled(0..<2 * ranks).prefix(topK)) }
      let sources = (0..<tokens).map { _ in random.below(ranks) }
      if !isAlone { traffic.visits[random.below(ranks * ranks)] += 3 }
      let (slotOfVisit, ranksOfTokens) = (slots.flatMap { $0.map(UInt16.init) }, sources.map(UInt32.init))
      counter.count(slotOfVisit: slotOfVisit.span, topK: topK, sources: ranksOfTokens.span, into: &traffic)
      let expected = Self.naive(
        slots: slots, sources: sources, ranks: ranks, ranksPerNode: ranksPerNode, slotsPerRank: 2)
      #expect(traffic == expected, "\(tokens) tokens")
    }
  }
}
