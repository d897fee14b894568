import Randomness
import Testing
import Validation

@Suite struct DrawnLoadTests {
  @Test(
    "Visits of a power law are the batch's, and no expert has more than its tokens",
    arguments: [(1, 1.2), (20, 1.01), (31, 1.2), (33, 1.2), (5000, 1.01), (100_000, 2), (512, 1)])
  func powerLaw(tokens: Int, exponent: Double) {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<20 {
      let visits = PowerLawVisits(experts: 256, topK: 8, tokens: tokens, exponent: exponent).draw(from: &generator)
      #expect(visits.reduce(0, +) == tokens * 8)
      #expect(visits.allSatisfy { (0...tokens).contains($0) })
    }
  }

  @Test("A steeper law has a hotter expert")
  func steeper() {
    func hottest(_ exponent: Double) -> Int {
      var generator = SeededGenerator(seed: 1)
      return (0..<50).reduce(0) { sum, _ in
        sum + (PowerLawVisits(experts: 64, topK: 4, tokens: 4096, exponent: exponent).draw(from: &generator).max() ?? 0)
      }
    }
    #expect(hottest(0.8) < hottest(1.2) && hottest(1.2) < hottest(1.9))
  }

  @Test("Different tokens of a rank are those that a walk over every token finds", arguments: [1, 5, 64, 300])
  func columns(tokens: Int) {
    var generator = SeededGenerator(seed: 3)
    let (experts, topK, ranks, nodes) = (32, 4, 8, 2)
    for _ in 0..<10 {
      let visits = PowerLawVisits(experts: experts, topK: topK, tokens: tokens, exponent: 1.2).draw(from: &generator)
      let load = ColumnLayout(slotVisits: visits, tokens: tokens).load(ranks: ranks, nodes: nodes)
      let line = visits.indices.sorted { (visits[$1], $0) < (visits[$0], $1) }
        .flatMap { Array(repeating: $0, count: visits[$0]) }
      let chosen = (0..<tokens).map { token in (0..<topK).map { line[$0 * tokens + token] } }
      #expect(chosen.allSatisfy { Set($0).count == topK }, "no token has an expert twice")
      let rankTokens = (0..<ranks).map { rank in Double(chosen.count { $0.contains { $0 / 4 == rank } }) }
      let nodeTokens = (0..<nodes).map { node in Double(chosen.count { $0.contains { $0 / 16 == node } }) }
      #expect(load.rankTokens == rankTokens && load.nodeTokens == nodeTokens)
      let most = load.rankVisits.max() ?? 0
      #expect(load.hottestSlots.reduce(0, +) == most && load.rankVisits.reduce(0, +) == Double(tokens * topK))
      #expect(load.hottestTokens == rankTokens[load.rankVisits.firstIndex(of: most) ?? 0])
    }
  }

  @Test("A balanced load is exactly even, and few tokens share no expert")
  func balanced() throws {
    let even = try #require(try load(.balanced, tokens: 512).first)
    #expect(even.rankVisits == Array(repeating: 512, count: 8))
    #expect(Set(even.hottestSlots) == [16])
    let few = try #require(try load(.balanced, tokens: 4).first)
    #expect(few.rankVisits.reduce(0, +) == 32)
    #expect(few.hottestSlots.allSatisfy { $0 <= 1 })
  }

  @Test("Sampled tokens visit top-k different experts each, and skew does not depend on how many there are")
  func sampled() throws {
    let loads = try load(.sampled(1.9), tokens: 2000)
    #expect(loads.allSatisfy { abs($0.rankVisits.reduce(0, +) - 16_000) < 1e-6 })
    #expect(loads.allSatisfy { $0.rankTokens.allSatisfy { $0 <= 2000 } })
    // More than are drawn one by one.
    let many = try load(.sampled(1.9), tokens: 200_000)
    let (few, all) = (loads.map(\.hottestTokens).reduce(0, +) / 2000, many.map(\.hottestTokens).reduce(0, +) / 200_000)
    #expect(abs(few / all - 1) < 0.2)
  }

  @Test("EPLB lowers the hottest rank, and redundant slots lower it further")
  func planned() throws {
    func hottest(_ slots: Int?) throws -> Double {
      try load(.powerLaw(1.2), tokens: 4096, ranks: 32, plannedSlots: slots).map { $0.rankVisits.max() ?? 0 }.reduce(
        0, +)
    }
    let (before, placed, redundant) = (try hottest(nil), try hottest(256), try hottest(288))
    #expect(placed < 0.9 * before && redundant < 0.9 * placed)
    let plan = try #require(try load(.powerLaw(1.2), tokens: 4096, ranks: 32, plannedSlots: 288).first)
    #expect(plan.rankVisits.reduce(0, +) == 4096 * 8)
    #expect(plan.hottestSlots.count == 9)
  }

  @Test("Draws are the same every time, and differ from each other")
  func deterministic() throws {
    let loads = try load(.powerLaw(1.01), tokens: 512)
    #expect(try loads == load(.powerLaw(1.01), tokens: 512))
    #expect(Set(loads.map(\.rankVisits)).count == loads.count)
  }

  @Test("A row that says the hottest rank's tokens is predicted by the draws nearest to it, at exactly so many")
  func conditioned() throws {
    let loads = try load(.powerLaw(1.2), tokens: 1024, count: 40)
    let given = loads.map(\.hottestTokens).max() ?? 0
    let kept = loads.conditioned(onHottestTokens: given)
    #expect(kept.count == 10)
    #expect(kept.allSatisfy { $0.hottestTokens == given })
    let hottest = loads.map { $0.hottestSlots.reduce(0, +) }.max() ?? 0
    #expect(kept.contains { $0.hottestSlots.reduce(0, +) == hottest })
  }

  private func load(
    _ distribution: LoadDistribution, tokens: Int, ranks: Int = 8, plannedSlots: Int? = nil, count: Int = 12
  ) throws -> [DrawnLoad] {
    try LoadParameters(
      distribution, experts: 256, topK: 8, tokens: tokens, ranks: ranks, nodes: 2, plannedSlots: plannedSlots
    ).loads(count: count)
  }
}
