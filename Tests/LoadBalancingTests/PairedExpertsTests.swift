import LoadBalancing
import Randomness
import Testing

@Suite struct PairedExpertsTests {
  /// Tokens that choose 4 of 16 experts, `kinship` of them mostly of one family of 4 (of the same remainder mod 4).
  private func tokens(_ count: Int, kinship: Double, seed: UInt64) -> [[UInt16]] {
    var generator = SeededGenerator(seed: seed)
    return (0..<count).map { _ in
      let family = generator.below(4) * generator.below(2)
      var chosen: [UInt16] = []
      while chosen.count < 4 {
        let expert = generator.unit() < kinship ? family + 4 * generator.below(4) : generator.below(16)
        if !chosen.contains(UInt16(expert)) { chosen.append(UInt16(expert)) }
      }
      return chosen
    }
  }

  private func paired(_ tokens: [[UInt16]]) -> PairedExperts {
    var coactivation = Coactivation(layers: 1, experts: 16)
    coactivation.add(tokens.flatMap(\.self), topK: 4)
    var load = ExpertLoad(zeroFor: 1, experts: 16)
    for expert in tokens.joined() { load.values[Int(expert)] += 1 }
    return PairedExperts(load: load[0], pairs: coactivation[0], tokens: coactivation.tokens, topK: 4)
  }

  private func share(_ tokens: [[UInt16]], _ experts: [Int]) -> Double {
    Double(tokens.count { $0.contains { experts.contains(Int($0)) } }) / Double(tokens.count)
  }

  @Test func isExactForTwoExperts() {
    let tokens = tokens(20_000, kinship: 0.8, seed: 1)
    let paired = paired(tokens)
    for first in 0..<15 {
      #expect(abs(paired.visited([first, first + 1]) - share(tokens, [first, first + 1])) < 1e-3)
    }
  }

  /// The closer the families, the less pairs say of three.
  @Test(arguments: [(0, 0.02), (0.5, 0.06), (0.8, 0.08), (0.95, 0.11)])
  func isCloseForLargerSets(kinship: Double, tolerance: Double) {
    var generator = SeededGenerator(seed: 5)
    let tokens = tokens(20_000, kinship: kinship, seed: 2)
    let paired = paired(tokens)
    for size in [3, 4, 6, 8] {
      for _ in 0..<20 {
        let experts = Array(generator.shuffled(0..<16).prefix(size))
        #expect(abs(paired.visited(experts) - share(tokens, experts)) < tolerance)
      }
      let family = Array([0, 4, 8, 12].prefix(size))
      #expect(abs(paired.visited(family) - share(tokens, family)) < tolerance)
    }
  }

  @Test func takesExpertsToBeIndependentWhenNothingIsKnown() {
    let load = ExpertLoad(layers: 1, experts: 4, values: [10, 20, 30, 40])
    let none = Coactivation(layers: 1, experts: 4)
    let paired = PairedExperts(load: load[0], pairs: none[0], tokens: 0, topK: 2)
    #expect(abs(paired.visited([0, 1, 2]) - (1 - 0.8 * 0.6 * 0.4)) < 1e-6)
  }

  @Test func expertsOfTop1RoutersAreNeverTogether() {
    let load = ExpertLoad(layers: 1, experts: 4, values: [10, 20, 30, 40])
    let none = Coactivation(layers: 1, experts: 4)
    let paired = PairedExperts(load: load[0], pairs: none[0], tokens: 100, topK: 1)
    #expect(abs(paired.visited([0, 1, 2]) - 0.6) < 1e-6)
  }
}
