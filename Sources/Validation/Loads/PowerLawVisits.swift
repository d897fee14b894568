import Foundation
import Randomness

/// Visits of every expert under a power law: weights by the inverse of their cumulative distribution, scaled to the visits
/// of the batch and rounded, none above its tokens; what is then missing goes to the least loaded experts, what is too
/// much comes from the most loaded.
package struct PowerLawVisits {
  package let experts: Int
  package let topK: Int
  /// Of the whole group.
  package let tokens: Int
  package let exponent: Double

  package init(experts: Int, topK: Int, tokens: Int, exponent: Double) {
    self.experts = experts
    self.topK = topK
    self.tokens = tokens
    self.exponent = exponent
  }

  /// `[experts]`, tokens · top-k in all.
  package func draw(from generator: inout SeededGenerator) -> [Int] {
    let isSmall = tokens * topK <= experts
    let range = isSmall ? 0.01...2 : 1...max(1, 0.8 * Double(tokens))
    let weights = powerLawWeights(experts, exponent: exponent, in: range, from: &generator)
    let scale = Double(tokens * topK) / weights.reduce(0, +)
    var visits = weights.map { min(tokens, Int(($0 * scale).rounded())) }
    let missing = tokens * topK - visits.reduce(0, +)
    if missing > 0 {
      Self.level(&visits, by: missing)
    } else if missing < 0 {
      // From the top is from the bottom of what is left up to all tokens.
      var room = visits.map { tokens - $0 }
      Self.level(&room, by: -missing)
      visits = room.map { tokens - $0 }
    }
    return visits
  }

  /// Adds `amount` one at a time, each to the lowest, the first among equals.
  private static func level(_ values: inout [Int], by amount: Int) {
    let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
    var left = amount
    var count = 0
    // The lowest `count` are brought up to the next above them, as long as it lasts.
    while left > 0 {
      count += 1
      let floor = values[order[count - 1]]
      let next = count < order.count ? values[order[count]] : Int.max
      guard next == Int.max || (next - floor) * count >= left else {
        left -= (next - floor) * count
        for place in 0..<count { values[order[place]] = next }
        continue
      }
      for place in 0..<count { values[order[place]] = floor + left / count }
      for index in order[..<count].sorted().prefix(left % count) { values[index] += 1 }
      left = 0
    }
  }
}

/// Draws from a density ∝ x^−exponent on `range`, by the inverse of its cumulative distribution.
func powerLawWeights(
  _ count: Int, exponent: Double, in range: ClosedRange<Double>, from generator: inout SeededGenerator
) -> [Double] {
  let (low, high) = (range.lowerBound, range.upperBound)
  return (0..<count).map { _ in
    let u = generator.unit()
    guard abs(exponent - 1) > 1e-9 else { return low * pow(high / low, u) }
    let power = 1 - exponent
    return pow(pow(low, power) + u * (pow(high, power) - pow(low, power)), 1 / power)
  }
}
