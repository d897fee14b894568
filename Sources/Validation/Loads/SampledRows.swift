import Randomness

/// Tokens that draw their experts in proportion to weights that follow a power law on [1, 1024], no expert twice.
struct SampledRows {
  /// Tokens that are drawn; more are taken to be like them.
  private static let mostTokens = 16_384

  let experts: Int
  let topK: Int
  /// Of the whole group.
  let tokens: Int
  let exponent: Double

  func load(ranks: Int, nodes: Int, from generator: inout SeededGenerator) -> DrawnLoad {
    let weights = powerLawWeights(experts, exponent: exponent, in: 1...1024, from: &generator)
    let table = AliasTable.packed(weights)
    var tally = TokenTally(experts: experts, ranks: ranks, nodes: nodes)
    let drawn = min(tokens, Self.mostTokens)
    var chosen: [Int] = []
    for _ in 0..<drawn {
      chosen.removeAll(keepingCapacity: true)
      // A draw that repeats one is drawn again: what is left is drawn in proportion.
      while chosen.count < topK {
        let expert = AliasTable.outcome(table.span, generator.next())
        if !chosen.contains(expert) { chosen.append(expert) }
      }
      tally.add(chosen, times: Double(tokens) / Double(drawn))
    }
    return tally.load
  }
}
