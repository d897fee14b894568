import Randomness
import Replay
import Testing

@Suite struct ExpectedRoutingTests {
  static func binomial(_ n: Int, _ k: Int) -> Double {
    (0..<k).reduce(1.0) { $0 * Double(n - $1) / Double($1 + 1) }
  }

  /// E[distinct groups] = G·(1 − C(E − E/G, k) / C(E, k)); E = 256, k = 8 gives 1.99, 3.61, 5.30, 6.52, 7.27.
  @Test(arguments: [(256, 8, 2, 1.99), (256, 8, 4, 3.61), (256, 8, 8, 5.30), (256, 8, 16, 6.52), (256, 8, 32, 7.27)])
  func uniformLoadGivesTheClosedForm(experts: Int, topK: Int, groups: Int, published: Double) {
    let routing = ExpectedRouting(counts: Array(repeating: 10.0, count: experts), topK: topK)
    let perGroup = experts / groups
    let fraction = (0..<experts).map { $0 < perGroup ? 1.0 : 0.0 }
    let distinct = Double(groups) * routing.probabilityOfVisit(fraction: fraction)
    let closedForm =
      Double(groups) * (1 - Self.binomial(experts - perGroup, topK) / Self.binomial(experts, topK))
    #expect(abs(distinct - closedForm) < 1e-9)
    #expect(abs(distinct - published) < 0.006)
  }

  @Test func eachExpertIsVisitedAsOftenAsItWasCounted() {
    var random = SeededGenerator(seed: 7)
    for topK in [1, 2, 6] {
      var counts = (0..<24).map { _ in Double(1 + random.below(100)) }
      counts[3] = 0
      counts[5] = counts.reduce(0, +) / Double(topK) * (topK == 1 ? 0.2 : 0.9)
      let routing = ExpectedRouting(counts: counts, topK: topK)
      for expert in counts.indices {
        let visit = routing.probabilityOfVisit(fraction: counts.indices.map { $0 == expert ? 1 : 0 })
        #expect(abs(visit - min(1, counts[expert] / routing.tokens)) < 1e-6, "expert \(expert), top-\(topK)")
      }
    }
  }

  @Test("With fewer loaded experts than top-k, a token takes what there is, and no visit is free")
  func fewerExpertsThanTopK() {
    let routing = ExpectedRouting(counts: [0, 12, 0, 12, 6, 0], topK: 4)
    #expect(routing.tokens == 12)
    #expect(routing.probabilityOfVisit(fraction: [0, 1, 0, 0, 0, 0]) == 1)
    #expect(routing.probabilityOfVisit(fraction: [0, 0, 0, 0, 1, 0]) == 0.5)
    #expect(routing.probabilityOfVisit(fraction: [1, 0, 0, 0, 1, 0]) == 0.5)
    #expect(routing.probabilityOfVisit(fraction: [0, 0.5, 0, 0, 1, 0]) == 0.75)
    #expect(routing.probabilityOfVisit(fraction: [1, 0, 1, 0, 0, 1]) == 0)
  }

  @Test("An expert with more visits than top-k leaves tokens for has a token for each of them")
  func moreVisitsThanTokens() {
    let routing = ExpectedRouting(counts: [30, 5, 5, 0], topK: 2)
    #expect(routing.tokens == 30)
    #expect(routing.probabilityOfVisit(fraction: [1, 0, 0, 0]) == 1)
    #expect(abs(routing.probabilityOfVisit(fraction: [0, 1, 1, 0]) - (1 - 25.0 * 25 / 900)) < 1e-12)
  }

  @Test func anExpertThatEveryTokenVisitsIsCertain() {
    let routing = ExpectedRouting(counts: [10, 5, 5, 0], topK: 2)
    #expect(routing.tokens == 10)
    #expect(abs(routing.probabilityOfVisit(fraction: [1, 0, 0, 0]) - 1) < 1e-6)
    #expect(abs(routing.probabilityOfVisit(fraction: [0, 1, 1, 0]) - 1) < 1e-6)
    #expect(routing.probabilityOfVisit(fraction: [0, 0, 0, 1]) == 0)
  }
}
