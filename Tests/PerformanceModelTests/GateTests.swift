import PerformanceModel
import Randomness
import Testing

@Suite struct GateTests {
  @Test(
    "The closed form gives the known numbers of distinct parts",
    arguments: [(2, 1.99), (4, 3.61), (8, 5.30), (16, 6.52), (32, 7.27)])
  func knownAnswers(parts: Int, distinct: Double) {
    let expectation = GateExpectation(experts: 256, topK: 8)
    #expect(abs(expectation.touchProbability(parts: parts) * Double(parts) - distinct) < 0.006)
  }

  @Test("Drawn tokens touch as many parts as the closed form says", arguments: [(256, 8, 8), (64, 6, 4), (32, 4, 32)])
  func sampling(experts: Int, topK: Int, parts: Int) {
    var generator = SeededGenerator(seed: 5)
    let tokens = 20_000
    var touched = 0
    for _ in 0..<tokens {
      var chosen: Set<Int> = []
      while chosen.count < topK { chosen.insert(generator.below(experts)) }
      touched += Set(chosen.map { $0 * parts / experts }).count
    }
    let expected = GateExpectation(experts: experts, topK: topK).touchProbability(parts: parts) * Double(parts)
    // Five standard errors of a count between 1 and top-k.
    let mean = Double(touched) / Double(tokens)
    let tolerance = 2.5 * Double(topK) / Double(tokens).squareRoot()
    #expect(abs(mean - expected) < tolerance)
  }

  @Test("A token has at most top-k copies, and one per node at most", arguments: Gate.allCases)
  func copies(gate: Gate) {
    let traffic = GateExpectation(experts: 64, topK: 6, gate: gate)
      .traffic(ranks: 16, ranksPerNode: 4, tokensPerRank: 10)
    let visits = traffic.visits.reduce(0, +)
    let ranks = traffic.rankCopies.reduce(0, +)
    let nodes = traffic.nodeCopies.reduce(0, +)
    #expect(abs(visits - 960) < 1e-9)
    #expect(ranks <= visits + 1e-9)
    #expect(nodes <= ranks + 1e-9)
    #expect(traffic.nodeCopies.allSatisfy { $0 <= 10 })
  }
}
