import PerformanceModel

/// Bytes at the busiest port of a level, and the time they took.
struct LevelSample {
  let ranks: Int
  let bytes: Double
  let measured: Double

  init(row: MeasurementTable.Row, bytes: Double) {
    ranks = row.ranks
    self.bytes = bytes
    measured = row.measured
  }
}

/// T = max(floor, α(ranks) + slope · bytes).
struct LevelFit {
  let latency: Latency
  let bandwidth: Double
  let floor: Double

  /// Nil when the samples do not tell a slope.
  init?(_ samples: [LevelSample]) {
    guard let plain = Self.line(samples) else { return nil }
    var best = (line: plain, floor: 0.0, error: Self.error(of: plain, floor: 0, on: samples))
    let threshold = 0.8 * best.error
    // Candidates for the floor: the few smallest loads lie on it, the others on the line.
    for cut in Set(samples.map(\.bytes)).sorted().dropFirst().prefix(samples.count / 2) {
      let (low, high) = (samples.filter { $0.bytes < cut }, samples.filter { $0.bytes >= cut })
      guard let line = Self.line(high) else { continue }
      let floor = low.reduce(0) { $0 + 1 / $1.measured } / low.reduce(0) { $0 + 1 / ($1.measured * $1.measured) }
      let error = Self.error(of: line, floor: floor, on: samples)
      if error < min(threshold, best.error) { best = (line, floor, error) }
    }
    latency = best.line.latency
    bandwidth = 1 / best.line.slope
    floor = best.floor
  }

  /// Weighted least squares with a common slope and an intercept per number of ranks; intercepts stay at or above 0.
  private static func line(_ samples: [LevelSample]) -> (latency: Latency, slope: Double)? {
    let bySize = Dictionary(grouping: samples, by: \.ranks)
    // In the order of the sizes, so that sums come out the same every time.
    let sizes = bySize.sorted { $0.key < $1.key }.map(\.value)
    let groups = sizes.allSatisfy { $0.count >= 3 } ? sizes : [samples]
    var (covariance, variance) = (0.0, 0.0)
    for group in groups {
      let mean = centre(of: group)
      for sample in group {
        let weight = 1 / (sample.measured * sample.measured)
        covariance += weight * (sample.bytes - mean.bytes) * (sample.measured - mean.measured)
        variance += weight * (sample.bytes - mean.bytes) * (sample.bytes - mean.bytes)
      }
    }
    guard variance > 0, covariance > 0 else { return nil }
    let slope = covariance / variance
    let points = groups.map { group in
      let mean = centre(of: group)
      return Latency.Point(
        ranks: group.map(\.ranks).max() ?? 1, microseconds: max(0, mean.measured - slope * mean.bytes))
    }
    return (Latency(points: points), slope)
  }

  /// Means weighted so that every row's relative error counts alike.
  private static func centre(of samples: [LevelSample]) -> (bytes: Double, measured: Double) {
    let weights = samples.map { 1 / ($0.measured * $0.measured) }
    let total = weights.reduce(0, +)
    let sum = zip(samples, weights).reduce((bytes: 0.0, measured: 0.0)) {
      ($0.bytes + $1.1 * $1.0.bytes, $0.measured + $1.1 * $1.0.measured)
    }
    return (sum.bytes / total, sum.measured / total)
  }

  private static func error(
    of line: (latency: Latency, slope: Double), floor: Double, on samples: [LevelSample]
  ) -> Double {
    samples.reduce(0) { sum, sample in
      let predicted = max(floor, line.latency.microseconds(ranks: sample.ranks) + line.slope * sample.bytes)
      let relative = predicted / sample.measured - 1
      return sum + relative * relative
    }
  }
}
