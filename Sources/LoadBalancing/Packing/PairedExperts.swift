import Foundation

/// How a layer's tokens choose experts, as far as loads and pairs say: from these the share of tokens that visit a set
/// of experts at all is estimated.
///
/// With p the share of tokens that choose an expert, q = 1 − p, and q_ef the share that choose neither of two,
///
///     P(none of S) ≈ ∏ q_e · ∏ q_ef / (q_e · q_f)    over experts and over pairs of S
///
/// is exact for two experts and for independent ones (Kirkwood 1935). It is an estimate for more: pairs do not say how
/// often three are chosen together. So it is held between bounds that hold whatever else is true: a visit is at least
/// as likely as the sharp lower bound of Dawson and Sankoff (1967) on the first two moments of the number of a token's
/// experts in S, and at most as likely as the sum of p.
package struct PairedExperts {
  let experts: Int
  /// `[experts]` share of tokens, and log q.
  let share: [Double]
  let logAvoided: [Double]
  /// `[experts][experts]` share of tokens that choose both, and log(q_ef / (q_e · q_f)); diagonal 0.
  let together: [Float]
  let logCorrection: [Float]

  /// - Parameters:
  ///   - load: `[experts]` tokens expected.
  ///   - pairs: `[experts][experts]` tokens of the past that chose both; correlations are taken from there, shares from
  ///     `load`. All 0 when nothing is known: experts are independent then.
  ///   - tokens: of the past.
  package init(load: ArraySlice<Double>, pairs: [Double], tokens: Int, topK: Int) {
    let experts = load.count
    let share = Self.share(load, topK: topK)
    let past = (0..<experts).map { expert in
      let row = expert * experts
      return pairs[row..<row + experts].reduce(0, +) / Double(max(1, topK - 1))
    }
    var together = Array(repeating: Float(0), count: experts * experts)
    var correction = together
    for first in 0..<experts {
      for second in 0..<first {
        let (p, q) = (share[first], share[second])
        // One token more, spread as if they were independent: few tokens prove little.
        let expected = past[first] * past[second] / Double(max(1, tokens))
        let counted = pairs[first * experts + second]
        let ratio = topK == 1 ? 0 : (counted + 1) / (expected + 1)
        let both = min(max(ratio * p * q, p + q - 1), min(p, q))
        let log = Foundation.log(max(1 - p - q + both, 1e-12) / ((1 - p) * (1 - q)))
        for index in [first * experts + second, second * experts + first] {
          together[index] = Float(both)
          correction[index] = Float(log)
        }
      }
    }
    self.experts = experts
    self.share = share
    self.together = together
    logAvoided = share.map { Foundation.log(1 - $0) }
    logCorrection = correction
  }

  /// `[experts]` share of tokens that choose each.
  ///
  /// - Parameter load: `[experts]` tokens expected.
  static func share(_ load: ArraySlice<Double>, topK: Int) -> [Double] {
    let total = max(load.reduce(0, +), .leastNormalMagnitude)
    return load.map { min($0 * Double(topK) / total, 1 - 1e-9) }
  }

  /// The moments of a set of experts; sums over its experts and pairs.
  struct Moments {
    var logNone = 0.0
    /// Experts of the set that a token chooses on average, and pairs of them.
    var chosen = 0.0
    var pairs = 0.0

    /// The estimated share of tokens that choose one of the set at all.
    var visited: Double {
      let few = (2 * pairs / max(chosen, .leastNormalMagnitude)).rounded(.down) + 1
      let least = 2 / (few + 1) * chosen - 2 / (few * (few + 1)) * pairs
      return max(0, min(max(least, 1 - exp(logNone)), min(chosen, 1)))
    }
  }
  /// The estimated share of tokens that choose one of `experts` at all.
  package func visited(_ experts: [Int]) -> Double {
    var moments = Moments()
    for (place, expert) in experts.enumerated() {
      moments.chosen += share[expert]
      moments.logNone += logAvoided[expert]
      for other in experts[..<place] {
        moments.pairs += Double(together[expert * self.experts + other])
        moments.logNone += Double(logCorrection[expert * self.experts + other])
      }
    }
    return moments.visited
  }
}
