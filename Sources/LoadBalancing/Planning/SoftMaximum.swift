import Foundation

/// What the largest of several fluctuating values is on average, roughly: log ∑ exp(β·x) / β.
///
/// A step's values scatter around their means by a standard deviation σ, and the step waits for the largest. With
/// β = √(2 ln n) / σ the terms weigh as likely as each is the largest, and n equal means give mean + σ·√(ln n / 2).
/// Without scatter it is the maximum.
struct SoftMaximum {
  private(set) var values: [Double]
  private var terms: [Double]
  private var sum = 0.0
  private let rate: Double
  private let reference: Double

  /// - Parameter deviation: σ, of the same unit as the values.
  init(_ values: [Double], deviation: Double) {
    self.values = values
    reference = values.max() ?? 0
    // A hundredth of the largest is scatter enough to stand for none, and keeps the terms finite.
    rate =
      (2 * log(Double(max(2, values.count)))).squareRoot() / max(deviation, 0.01 * reference, .leastNormalMagnitude)
    terms = values
    refresh()
  }

  var value: Double { reference + log(sum) / rate }

  private func term(_ value: Double) -> Double { exp(min(rate * (value - reference), 700)) }

  private mutating func refresh() {
    for index in values.indices { terms[index] = term(values[index]) }
    sum = terms.reduce(0, +)
  }

  /// The value with two of the values exchanged for others.
  func value(replacing first: Int, by a: Double, _ second: Int, by b: Double) -> Double {
    let (newA, newB) = (term(a), term(b))
    return reference + log(max(sum - terms[first] - terms[second], 0) + newA + newB) / rate
  }

  mutating func replace(_ first: Int, by a: Double, _ second: Int, by b: Double) {
    values[first] = a
    values[second] = b
    refresh()
  }
}
