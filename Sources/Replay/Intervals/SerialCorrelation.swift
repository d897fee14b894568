import Foundation

/// How alike the values of a series are to those that follow, and how long a block is that is not like its neighbours.
package struct SerialCorrelation: Sendable {
  package let count: Int
  /// Of single values, their squared deviations' mean.
  package let variance: Double
  /// `[lags]` autocovariances from lag 0 on, as far as `automaticBandwidth` looks.
  private let autocovariance: [Double]
  /// The lag beyond which correlations are taken to be chance.
  private let bandwidth: Int

  /// - Parameter values: 10 or more.
  /// - Complexity: O(n^1.5).
  package init(of values: [Double]) {
    let count = values.count
    precondition(count >= 10)
    let mean = values.reduce(0, +) / Double(count)
    let deviations = values.map { $0 - mean }
    let run = Self.run(count)
    let lags = min(count - 1, Int(Double(count).squareRoot().rounded(.up)) + run)
    autocovariance = (0...lags).map { lag in
      zip(deviations, deviations.dropFirst(lag)).reduce(0) { $0 + $1.0 * $1.1 } / Double(count)
    }
    self.count = count
    variance = autocovariance[0]
    bandwidth = Self.automaticBandwidth(autocovariance, count: count, run: run)
  }

  /// n times the variance of the mean, estimated by Politis and Romano's flat-top window ("Bias-corrected nonparametric
  /// spectral estimation", 1995). It may be below 0.
  package var longRunVariance: Double {
    (1...bandwidth).reduce(variance) { $0 + 2 * window($1) * autocovariance[$1] }
  }

  /// n times the variance of the mean if the series is autoregressive of first order, as far as that may be: the
  /// correlation at lag 1 is taken for what it would be without its bias in short series (Kendall 1954; Marriott and Pope
  /// 1954).
  package var autoregressiveVariance: Double {
    guard variance > 0 else { return 0 }
    let (n, found) = (Double(count), autocovariance[1] / variance)
    let correlation = min((n * found + 1) / (n - 4), 0.999)
    return variance * (1 + correlation) / (1 - correlation)
  }

  /// The length of blocks that is best for a circular block bootstrap of the mean: Politis and White, "Automatic
  /// block-length selection for the dependent bootstrap" (2004), with the correction of Patton, Politis and White (2009).
  package var blockLength: Int {
    let n = Double(count)
    let longest = min(3 * n.squareRoot(), n / 3).rounded(.up)
    let slope = (1...bandwidth).reduce(0) { $0 + 2 * window($1) * Double($1) * autocovariance[$1] }
    let denominator = 4 / 3.0 * longRunVariance * longRunVariance
    guard denominator > 0 else { return variance > 0 ? Int(longest) : 1 }
    return Int(min(max(pow(2 * slope * slope / denominator * n, 1 / 3.0), 1), longest).rounded(.up))
  }

  /// A trapezoid: 1 up to half of the bandwidth, then down to 0.
  private func window(_ lag: Int) -> Double { min(1, 2 * (1 - Double(lag) / Double(bandwidth))) }

  /// Correlations in a row that have to be chance.
  private static func run(_ count: Int) -> Int { max(5, Int(log10(Double(count)).squareRoot().rounded(.up))) }

  /// Twice the first lag of a run of correlations that are chance (Politis, "Adaptive bandwidth choice", 2003, as
  /// Patton's implementation has it).
  private static func automaticBandwidth(_ autocovariance: [Double], count: Int, run: Int) -> Int {
    let lags = autocovariance.count - 1
    guard autocovariance[0] > 0 else { return 1 }
    let chance = 2 * (log10(Double(count)) / Double(count)).squareRoot()
    let first = (1...max(1, lags - run + 1)).first { lag in
      autocovariance[lag..<min(lag + run, lags + 1)].allSatisfy { abs($0 / autocovariance[0]) < chance }
    }
    return min(2 * (first ?? lags), lags)
  }
}
