import Foundation

/// Student's t distribution ("The probable error of a mean", 1908).
package struct StudentDistribution: Sendable {
  package let degreesOfFreedom: Double

  /// - Parameter degreesOfFreedom: above 0.
  package init(degreesOfFreedom: Double) {
    precondition(degreesOfFreedom > 0)
    self.degreesOfFreedom = degreesOfFreedom
  }

  /// The probability of a value beyond ±|t|: the regularised incomplete beta function I(x; ν/2, 1/2) at
  /// x = ν / (ν + t²) (DLMF 8.17).
  package func twoSidedTail(_ t: Double) -> Double {
    RegularisedBeta.value(
      at: degreesOfFreedom / (degreesOfFreedom + t * t), degreesOfFreedom / 2, 0.5)
  }

  /// The t within whose ± lies so much of the distribution, by bisection to a relative 1e-12.
  ///
  /// - Parameter confidence: above 0, below 1; what lies beyond is exact to 1e-10.
  package func quantile(twoSided confidence: Double) -> Double {
    precondition(confidence > 0 && confidence < 1)
    let tail = 1 - confidence
    var (low, high) = (0.0, 1.0)
    while twoSidedTail(high) > tail { (low, high) = (high, high * 2) }
    while high - low > 1e-12 * high {
      let middle = low + (high - low) / 2
      if twoSidedTail(middle) > tail { low = middle } else { high = middle }
    }
    return high
  }
}

/// I(x; a, b), the regularised incomplete beta function.
enum RegularisedBeta {
  /// - Parameters:
  ///   - x: 0…1.
  ///   - a, b: above 0.
  static func value(at x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    let front = exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * log(x) + b * log1p(-x))
    // The fraction converges fast below the mean; above it the symmetric one does (DLMF 8.17.4).
    return x < (a + 1) / (a + b + 2) ? front * fraction(x, a, b) / a : 1 - front * fraction(1 - x, b, a) / b
  }

  /// The continued fraction of DLMF 8.17.22, by Lentz's method as Thompson and Barnett (1986) have it.
  private static func fraction(_ x: Double, _ a: Double, _ b: Double) -> Double {
    let tiny = 1e-300
    func kept(_ value: Double) -> Double { abs(value) < tiny ? tiny : value }
    var c = 1.0
    var d = 1 / kept(1 - (a + b) * x / (a + 1))
    var result = d
    for m in 1...10_000 {
      let m = Double(m)
      var change = 1.0
      for term in [
        m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)), -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
      ] {
        d = 1 / kept(1 + term * d)
        c = kept(1 + term / c)
        change = c * d
        result *= change
      }
      if abs(change - 1) < 1e-15 { break }
    }
    return result
  }

  /// log Γ(x) for x > 0, without the C library's, which keeps a sign in a global variable.
  private static func logGamma(_ x: Double) -> Double {
    // Stirling's series (DLMF 5.11.1) from 10 on, reached by Γ(x + 1) = x·Γ(x).
    var (x, shift) = (x, 0.0)
    while x < 10 {
      shift -= log(x)
      x += 1
    }
    let square = x * x
    let series =
      (1 / 12.0 - (1 / 360.0 - (1 / 1260.0 - (1 / 1680.0 - 1 / 1188.0 / square) / square) / square) / square) / x
    return shift + (x - 0.5) * log(x) - x + 0.5 * log(2 * .pi) + series
  }
}
