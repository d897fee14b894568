/// What FlashLB knows of a layer: the loads of up to 64 samples, each the sum of as many windows, and their statistics.
struct FlashSamples {
  let experts: Int
  let count: Int
  /// `count`, filled up with zeros for loops over sixteen at a time.
  let padded: Int
  /// `[experts]` mean load, standard deviation between samples, and what a copy count is chosen by.
  let means: [Double]
  let deviations: [Double]
  let risks: [Double]
  /// `[experts][padded]` load of a sample less the mean.
  let scatter: [Float]
  /// `[count]` load of all experts.
  let totals: [Double]
  /// What sums of products are divided by for a covariance: count − 1; without meaning for one sample.
  let freedom: Double

  /// - Parameters:
  ///   - windows: one load each, oldest first, at least one; every load counts as one token more.
  ///   - layer: of them.
  init(_ windows: [ExpertLoad], layer: Int) {
    let count = min(windows.count, Self.most)
    let loads = Self.loads(windows, layer: layer, samples: count)
    let experts = windows[0].experts
    let padded = (count + 15) / 16 * 16
    var means = Array(repeating: 0.0, count: experts)
    for sample in 0..<count {
      for expert in 0..<experts { means[expert] += loads[sample * experts + expert] }
    }
    for expert in 0..<experts { means[expert] /= Double(count) }
    var squares = Array(repeating: 0.0, count: experts)
    var scatter = Array(repeating: Float(0), count: experts * padded)
    for sample in 0..<count {
      for expert in 0..<experts {
        let off = loads[sample * experts + expert] - means[expert]
        squares[expert] += off * off
        scatter[expert * padded + sample] = Float(off)
      }
    }
    let freedom = Double(max(count - 1, 1))
    self.experts = experts
    self.count = count
    self.padded = padded
    self.means = means
    self.scatter = scatter
    self.freedom = freedom
    totals = (0..<count).map { loads[$0 * experts..<($0 + 1) * experts].reduce(0, +) }
    deviations = squares.map { ($0 / freedom).squareRoot() }
    risks = zip(means, deviations).map { $0 + Self.quantile * $1 }
  }

  /// `[samples][experts]` sums of as many windows each, the last ones, and one token more of each.
  private static func loads(_ windows: [ExpertLoad], layer: Int, samples: Int) -> [Double] {
    let together = max(windows.count / samples, 1)
    let first = windows.count - samples * together
    let experts = windows[0].experts
    var loads = Array(repeating: Double(together), count: samples * experts)
    for sample in 0..<samples {
      for window in windows[first + sample * together..<first + (sample + 1) * together] {
        for expert in 0..<experts { loads[sample * experts + expert] += window.values[layer * experts + expert] }
      }
    }
    return loads
  }

  /// Samples at most.
  static let most = 64
  /// Of the normal distribution, at 75 %: a rank's load is below mean + quantile · deviation in three steps of four.
  static let quantile = 0.6745
}
