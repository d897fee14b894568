import Foundation

/// A bound on what the largest of several fluctuating values is on average, since a step waits for the largest:
///
///     E[max X] ≤ log Σ E[exp(r·X)] / r = log Σ exp(r·x) / r    with x = log E[exp(r·X)] / r
///
/// for any rate r > 0 (Jensen). The best r for n alike values with standard deviation σ is about √(2 ln n) / σ.
struct SoftMaximum {
  /// x of each value.
  private(set) var values: [Double]
  private(set) var terms: [Double]
  private(set) var sum = 0.0
  private let rate: Double
  private let reference: Double

  /// The rate for values around `mean` that scatter by `deviation`; a hundredth of the mean stands for no scatter and
  /// keeps the terms finite.
  static func rate(count: Int, mean: Double, deviation: Double) -> Double {
    (2 * log(Double(max(2, count)))).squareRoot() / max(deviation, 0.01 * mean, 1e-12)
  }

  init(_ values: [Double], rate: Double) {
    self.values = values
    self.rate = rate
    reference = values.max() ?? 0
    terms = values
    for index in values.indices { terms[index] = term(values[index]) }
    refresh()
  }

  private(set) var value = 0.0

  private func term(_ value: Double) -> Double { exp(min(rate * (value - reference), 700)) }

  private mutating func refresh() {
    sum = terms.reduce(0, +)
    value = reference + log(sum) / rate
  }

  /// The value with two of the values exchanged for others.
  func value(replacing first: Int, by a: Double, _ second: Int, by b: Double) -> Double {
    let (newA, newB) = (term(a), term(b))
    return reference + log(max(sum - terms[first] - terms[second], 0) + newA + newB) / rate
  }

  mutating func replace(_ first: Int, by a: Double, _ second: Int, by b: Double) {
    values[first] = a
    values[second] = b
    terms[first] = term(a)
    terms[second] = term(b)
    refresh()
  }
}
