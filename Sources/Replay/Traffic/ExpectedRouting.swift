/// The distribution of a token's experts in one layer when only the load of each expert is known.
///
/// Every token takes `topK` different experts, as independent of each other as that allows: conditional Poisson
/// sampling with the recorded inclusion probabilities, the distribution of largest entropy among those with these
/// marginals (Chen, Dempster and Liu, "Weighted finite population sampling to maximize entropy", Biometrika 1994).
/// Under a uniform load it gives E[distinct ranks] = G·(1 − C(E − E/G, k) / C(E, k)), as drawing without replacement does.
package struct ExpectedRouting {
  package let topK: Int
  /// Tokens of the layer: visits / top-k.
  package let tokens: Double
  /// `[experts]` odds of each expert in the underlying Poisson sample, scaled to sum to top-k.
  private let odds: [Double]
  /// Coefficient of x^topK in ∏ (1 + odds·x).
  private let normalisation: Double

  /// - Parameters:
  ///   - counts: `[experts]` tokens per expert, not all zero.
  ///   - topK: experts per token, at most the number of experts with tokens.
  package init(counts: some Collection<Double>, topK: Int) {
    let visits = counts.reduce(0, +)
    let tokens = visits / Double(topK)
    // An expert cannot be chosen by more tokens than there are; a hair less keeps the odds finite.
    let inclusion = counts.map { min($0 / tokens, 1 - 1e-9) }
    var odds = Self.scaled(inclusion.map { $0 / (1 - $0) }, to: topK)
    for _ in 0..<Self.maximumIterations {
      let achieved = Self.inclusionProbabilities(odds: odds, topK: topK)
      let error = zip(achieved, inclusion).map { abs($0 - $1) }.max() ?? 0
      if error < 1e-10 { break }
      odds = Self.scaled(
        odds.indices.map { achieved[$0] > 0 ? odds[$0] * inclusion[$0] / achieved[$0] : 0 }, to: topK)
    }
    self.topK = topK
    self.tokens = tokens
    self.odds = odds
    normalisation = Self.elementarySymmetric(odds, upTo: topK)[topK]
  }

  private static let maximumIterations = 200

  /// The probability that a token visits a place, when each expert it chose sends it there with `fraction[expert]`.
  ///
  /// - Complexity: O(experts · topK).
  package func probabilityOfVisit(fraction: [Double]) -> Double {
    guard normalisation > 0 else { return 0 }
    let avoiding = Self.elementarySymmetric(zip(odds, fraction).map { $0 * (1 - min($1, 1)) }, upTo: topK)[topK]
    return max(0, 1 - avoiding / normalisation)
  }

  /// Coefficients of x^0 … x^degree of ∏ (1 + values·x).
  private static func elementarySymmetric(_ values: [Double], upTo degree: Int) -> [Double] {
    var coefficients = [1.0] + Array(repeating: 0, count: degree)
    for value in values where value > 0 {
      for j in stride(from: degree, to: 0, by: -1) { coefficients[j] += value * coefficients[j - 1] }
    }
    return coefficients
  }

  /// `[experts]` probability of each expert in a sample of fixed size, from prefix and suffix products.
  private static func inclusionProbabilities(odds: [Double], topK: Int) -> [Double] {
    let width = topK + 1
    var suffix = Array(repeating: 0.0, count: (odds.count + 1) * width)
    suffix[odds.count * width] = 1
    for expert in odds.indices.reversed() {
      for j in 0...topK {
        suffix[expert * width + j] =
          suffix[(expert + 1) * width + j] + (j > 0 ? odds[expert] * suffix[(expert + 1) * width + j - 1] : 0)
      }
    }
    let total = suffix[topK]
    var prefix = [1.0] + Array(repeating: 0, count: topK)
    return odds.indices.map { expert in
      var others = 0.0
      for j in 0..<topK { others += prefix[j] * suffix[(expert + 1) * width + topK - 1 - j] }
      for j in stride(from: topK, to: 0, by: -1) { prefix[j] += odds[expert] * prefix[j - 1] }
      return total > 0 ? odds[expert] * others / total : 0
    }
  }

  private static func scaled(_ values: [Double], to sum: Int) -> [Double] {
    let total = values.reduce(0, +)
    return total > 0 ? values.map { $0 * Double(sum) / total } : values
  }
}
