import Foundation

/// Figures of one layer's load.
enum LoadStatistics {
  static func skewness(_ load: [Double]) -> Double {
    let total = load.reduce(0, +)
    return total > 0 ? (load.max() ?? 0) * Double(load.count) / total : 0
  }

  static func relativeEntropy(_ load: [Double]) -> Double {
    let total = load.reduce(0, +)
    guard load.count > 1, total > 0 else { return 1 }
    return entropy(load, total: total) / log(Double(load.count))
  }

  private static func entropy(_ load: [Double], total: Double) -> Double {
    load.reduce(0) { $1 > 0 ? $0 - $1 / total * log($1 / total) : $0 }
  }

  /// Gini's coefficient: half the mean difference between experts over the mean.
  static func gini(_ load: [Double]) -> Double {
    let total = load.reduce(0, +)
    guard total > 0 else { return 0 }
    let count = Double(load.count)
    let weighted = load.sorted().enumerated().reduce(0) { $0 + Double($1.offset + 1) * $1.element }
    return 2 * weighted / (count * total) - (count + 1) / count
  }

  /// Sums of neighbouring experts, as many as `parts`, which divides the experts.
  static func folded(_ load: [Double], into parts: Int) -> [Double] {
    let size = load.count / parts
    return (0..<parts).map { load[$0 * size..<($0 + 1) * size].reduce(0, +) }
  }

  /// Pearson's; nil when either side is even.
  static func correlation(_ a: [Double], _ b: [Double]) -> Double? {
    let count = Double(a.count)
    let meanA = a.reduce(0, +) / count
    let meanB = b.reduce(0, +) / count
    var (product, squareA, squareB) = (0.0, 0.0, 0.0)
    for (x, y) in zip(a, b) {
      product += (x - meanA) * (y - meanB)
      squareA += (x - meanA) * (x - meanA)
      squareB += (y - meanB) * (y - meanB)
    }
    guard squareA > 0, squareB > 0 else { return nil }
    return product / (squareA * squareB).squareRoot()
  }
}
