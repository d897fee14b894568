/// The distribution of a token's experts in one layer when only the load of each expert is known.
///
/// Every token takes `topK` different experts, as independent of each other as that allows: conditional Poisson
/// sampling with the recorded inclusion probabilities, the distribution of largest entropy among those with these
/// marginals (Chen, Dempster and Liu, "Weighted finite population sampling to maximize entropy", Biometrika 1994).
/// Under a uniform load it gives E[distinct ranks] = G·(1 − C(E − E/G, k) / C(E, k)), as drawing without replacement does.
///
/// An expert cannot be chosen by more tokens than there are. Where one has more visits than visits / top-k, and so
/// wherever fewer experts than top-k have any, tokens took fewer experts than top-k: there are then as many tokens as
/// the busiest expert has visits, each of which takes every expert with its share of them, whatever else it takes
/// (Poisson sampling, the distribution of largest entropy with these marginals when sizes are not known).
package struct ExpectedRouting {
  /// Tokens of the layer: visits / top-k, or the busiest expert's where these are more.
  package let tokens: Double
  private let design: Design

  private enum Design {
    /// - Parameters:
    ///   - odds: `[experts]` of each expert in the underlying Poisson sample, scaled to sum to `size`.
    ///   - normalisation: coefficient of x^size in ∏ (1 + odds·x).
    case fixedSize(_ size: Int, odds: [Double], normalisation: Double)
    /// - Parameter inclusion: `[experts]` probability that a token takes the expert.
    case independent(inclusion: [Double])
  }

  /// - Parameters:
  ///   - counts: `[experts]` tokens per expert, not all zero.
  ///   - topK: experts per token.
  package init(counts: some Collection<Double>, topK: Int) {
    let even = counts.reduce(0, +) / Double(topK)
    let busiest = counts.max() ?? 0
    // Sums of fractions may be off by a hair.
    if busiest > even * (1 + 1e-9) {
      tokens = busiest
      design = .independent(inclusion: counts.map { $0 / busiest })
    } else {
      tokens = even
      design = Self.fixedSize(counts: counts, tokens: even, topK: topK)
    }
  }

  private static func fixedSize(counts: some Collection<Double>, tokens: Double, topK: Int) -> Design {
    // An expert cannot be chosen by more tokens than there are; a hair less keeps the odds finite.
    let inclusion = counts.map { min($0 / tokens, 1 - 1e-9) }
    var odds = scaled(inclusion.map { $0 / (1 - $0) }, to: topK)
    for _ in 0..<maximumIterations {
      let achieved = inclusionProbabilities(odds: odds, topK: topK)
      let error = zip(achieved, inclusion).map { abs($0 - $1) }.max() ?? 0
      if error < 1e-10 { break }
      odds = scaled(
        odds.indices.map { achieved[$0] > 0 ? odds[$0] * inclusion[$0] / achieved[$0] : 0 }, to: topK)
    }
    return .fixedSize(topK, odds: odds, normalisation: elementarySymmetric(odds, upTo: topK)[topK])
  }

  private static let maximumIterations = 200

  /// The probability that a token visits a place, when each expert it chose sends it there with `fraction[expert]`.
  ///
  /// - Complexity: O(experts · topK).
  package func probabilityOfVisit(fraction: [Double]) -> Double {
    switch design {
    case .fixedSize(let size, let odds, let normalisation):
      let avoiding = Self.elementarySymmetric(zip(odds, fraction).map { $0 * (1 - min($1, 1)) }, upTo: size)[size]
      return max(0, 1 - avoiding / normalisation)
    case .independent(let inclusion):
      return 1 - zip(inclusion, fraction).reduce(1) { $0 * (1 - $1.0 * min($1.1, 1)) }
    }
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
