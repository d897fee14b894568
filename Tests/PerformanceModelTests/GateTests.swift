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
    let traffic = GateExpectation(experts: 64, topK: 6, gate: gate, groups: 8, groupsPerToken: 2)
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

@Suite struct GroupLimitTests {
  struct Case: Sendable {
    var experts, topK, groups, groupsPerToken, parts: Int
  }

  static let cases = [
    Case(experts: 256, topK: 8, groups: 8, groupsPerToken: 4, parts: 8),
    Case(experts: 256, topK: 8, groups: 8, groupsPerToken: 4, parts: 64),
    Case(experts: 256, topK: 8, groups: 8, groupsPerToken: 4, parts: 2),
    // Parts that lie across groups.
    Case(experts: 24, topK: 3, groups: 4, groupsPerToken: 2, parts: 3),
  ]

  @Test("Tokens drawn within their groups touch each part as often as the closed form says", arguments: cases)
  func sampling(_ given: Case) {
    let expectation = GateExpectation(
      experts: given.experts, topK: given.topK, gate: .limited, groups: given.groups,
      groupsPerToken: given.groupsPerToken)
    let traffic = expectation.traffic(ranks: given.parts, ranksPerNode: given.parts, tokensPerRank: 1)
    var generator = SeededGenerator(seed: 5)
    let tokens = 20_000
    let groupSize = given.experts / given.groups
    var touched = Array(repeating: 0, count: given.parts)
    for _ in 0..<tokens {
      let groups = generator.shuffled(0..<given.groups).prefix(given.groupsPerToken)
      let reachable = groups.flatMap { $0 * groupSize..<($0 + 1) * groupSize }
      let chosen = generator.shuffled(reachable).prefix(given.topK)
      for part in Set(chosen.map { $0 * given.parts / given.experts }) { touched[part] += 1 }
    }
    for part in 0..<given.parts {
      let (found, expected) = (Double(touched[part]) / Double(tokens), traffic.rankCopies[part])
      // Five standard errors.
      #expect(abs(found - expected) < 5 * (expected * (1 - expected) / Double(tokens)).squareRoot() + 1e-9)
    }
  }

  @Test("A limit to all groups is no limit")
  func noLimit() {
    let free = GateExpectation(experts: 256, topK: 8)
    let limited = GateExpectation(experts: 256, topK: 8, gate: .limited, groups: 8, groupsPerToken: 8)
    for parts in [2, 4, 8, 16, 64] {
      #expect(abs(free.touchProbability(parts: parts) / limited.touchProbability(parts: parts) - 1) < 1e-12)
    }
  }
}
