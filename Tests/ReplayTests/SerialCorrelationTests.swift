import Foundation
import Replay
import Testing

@Suite struct SerialCorrelationTests {
  /// An autoregression of first order on a linear congruential generator's numbers, which any language makes alike.
  static func series(_ count: Int, _ correlation: Double) -> [Double] {
    var (state, value) = (12_345, 0.0)
    return (0..<count).map { _ in
      state = (1_103_515_245 * state + 12_345) % 2_147_483_648
      value = correlation * value + Double(state) / 2_147_483_648 - 0.5
      return value
    }
  }

  /// What `optimal_block_length` of Python's arch 8 says of the same series, rounded up.
  @Test(arguments: [
    (24, 0.0, 1.0783462480381116), (49, 0.6, 4.267993754632125), (100, 0.3, 1.983690619178952),
    (100, 0.6, 6.158913018292581), (281, 0.0, 1.5564930836427817), (281, 0.6, 11.87166422056619),
    (281, 0.9, 18.69960279842377), (1124, 0.6, 14.999325640827237), (1124, 0.9, 33.99756131451426),
    (1124, -0.5, 15.770333523907942),
  ])
  func `block lengths are another implementation's`(count: Int, correlation: Double, expected: Double) {
    #expect(SerialCorrelation(of: Self.series(count, correlation)).blockLength == Int(expected.rounded(.up)))
  }

  /// Of an autoregression, n · variance of the mean is variance · (1 + correlation) / (1 − correlation).
  @Test(arguments: [0.0, 0.3, 0.6, 0.9])
  func `variances of the mean are those of the process`(correlation: Double) {
    let series = SerialCorrelation(of: Self.series(20_000, correlation))
    let expected = 1 / 12.0 / ((1 - correlation) * (1 - correlation))
    #expect(abs(series.variance * (1 - correlation * correlation) * 12 - 1) < 0.05)
    #expect(abs(series.longRunVariance / expected - 1) < 0.2)
    #expect(abs(series.autoregressiveVariance / expected - 1) < 0.1)
  }

  @Test func `a series that does not change has no variance and blocks of one`() {
    let series = SerialCorrelation(of: Array(repeating: 3, count: 40))
    #expect(series.variance == 0 && series.longRunVariance == 0 && series.autoregressiveVariance == 0)
    #expect(series.blockLength == 1)
  }
}
