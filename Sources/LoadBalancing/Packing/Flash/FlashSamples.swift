/// What FlashLB knows of a layer: the loads of up to 64 samples, each the sum of as many windows, and their statistics.
struct FlashSamples {
  let experts: Int
  let count: Int
  /// `[experts]` mean load, standard deviation between samples, and what a copy count is chosen by.
  let means: [Double]
  let deviations: [Double]
  let risks: [Double]
  /// `[experts][count]` load of a sample less the mean.
  let scatter: [Double]
  /// `[count]` load of all experts.
  let totals: [Double]
  /// What sums of products are divided by for a covariance: count − 1; without meaning for one sample.
  let freedom: Double

  /// - Parameters:
  ///   - windows: one load each, oldest first, at least one; every load counts as one token more.
  ///   - layer: of them.
  init(_ windows: [ExpertLoad], layer: Int) {
    let count = min(windows.count, Self.most)
    let together = max(windows.count / count, 1)
    let first = windows.count - count * together
    let experts = windows[0].experts
    let freedom = Double(max(count - 1, 1))
    var totals = Array(repeating: 0.0, count: count)
    var scatter = Array(repeating: 0.0, count: experts * count)
    var means = Array(repeating: 0.0, count: experts)
    for sample in 0..<count {
      for window in windows[first + sample * together..<first + (sample + 1) * together] {
        let load = window[layer]
        for expert in 0..<experts {
          let tokens = load[load.startIndex + expert] + 1
          scatter[expert * count + sample] += tokens
          totals[sample] += tokens
        }
      }
    }
    var deviations = means
    for expert in 0..<experts {
      let row = expert * count..<(expert + 1) * count
      means[expert] = scatter[row].reduce(0, +) / Double(count)
      var squares = 0.0
      for index in row {
        scatter[index] -= means[expert]
        squares += scatter[index] * scatter[index]
      }
      deviations[expert] = (squares / freedom).squareRoot()
    }
    self.experts = experts
    self.count = count
    self.means = means
    self.scatter = scatter
    self.totals = totals
    self.freedom = freedom
    self.deviations = deviations
    risks = zip(means, deviations).map { $0 + Self.quantile * $1 }
  }

  /// Samples at most.
  static let most = 64
  /// Of the normal distribution, at 75 %: a rank's load is below mean + quantile · deviation in three steps of four.
  static let quantile = 0.6745
}
