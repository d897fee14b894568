import Foundation
import Replay
import Testing

@Suite struct StudentDistributionTests {
  /// Abramowitz and Stegun, table 26.10, with more digits.
  @Test(arguments: [
    (1.0, 0.95, 12.706204736), (2, 0.95, 4.302652730), (3, 0.95, 3.182446305), (5, 0.95, 2.570581836),
    (7, 0.90, 1.894578605), (7, 0.99, 3.499483297), (10, 0.95, 2.228138852), (30, 0.95, 2.042272456),
    (120, 0.95, 1.979930405), (1000, 0.95, 1.962339081), (1e6, 0.95, 1.959966361), (1e6, 0.5, 0.674489996),
  ])
  func `quantiles are the tables'`(freedom: Double, confidence: Double, expected: Double) {
    let found = StudentDistribution(degreesOfFreedom: freedom).quantile(twoSided: confidence)
    #expect(abs(found - expected) < 2e-9 * expected * max(1, expected), "\(found)")
  }

  /// With 1, 2 and 3 degrees of freedom the distribution function is elementary.
  @Test(arguments: [0.01, 0.3, 1, 2.5, 12.7, 400])
  func `tails are the closed forms`(t: Double) {
    func tail(_ freedom: Double) -> Double { StudentDistribution(degreesOfFreedom: freedom).twoSidedTail(t) }
    #expect(abs(tail(1) - (1 - 2 / .pi * atan(t))) < 1e-13)
    #expect(abs(tail(2) - (1 - t / (2 + t * t).squareRoot())) < 1e-13)
    let root = 3.0.squareRoot()
    #expect(abs(tail(3) - (1 - 2 / .pi * (atan(t / root) + root * t / (3 + t * t)))) < 1e-13)
  }

  @Test(arguments: [1.0, 2.5, 4, 9, 47, 300, 20_000], [0.01, 0.5, 0.8, 0.95, 0.999])
  func `a quantile's tail is what its confidence leaves`(freedom: Double, confidence: Double) {
    let distribution = StudentDistribution(degreesOfFreedom: freedom)
    #expect(abs(distribution.twoSidedTail(distribution.quantile(twoSided: confidence)) + confidence - 1) < 1e-10)
  }
}
