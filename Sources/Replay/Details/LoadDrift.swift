import LoadBalancing

/// How like each other the expert loads of steps are that lie so many steps apart: the mean over layers and pairs of steps
/// of Pearson's correlation over the experts of a layer.
///
/// Memory is that of the last `lags.last` steps' loads.
package struct LoadDrift {
  package static let lags = [1, 2, 4, 8, 16, 32, 64]

  /// Loads of the last steps less their layer's mean, over its deviation; `[layers · experts]`, oldest first from `oldest`.
  private var past: [[Float]] = []
  private var steps = 0
  /// `[lags]` sums of correlations over layers and pairs, and how many they are.
  private var sums: [Double]
  private var pairs: [Int]

  package init() {
    sums = Self.lags.map { _ in 0 }
    pairs = Self.lags.map { _ in 0 }
  }

  /// Takes in the next step. A layer whose experts all have the same load is like no other.
  package mutating func add(_ load: ExpertLoad) {
    let standard = Self.standardised(load)
    let room = (Self.lags.last ?? 1) + 1
    if past.count < room { past.append(standard) } else { past[steps % room] = standard }
    for (index, lag) in Self.lags.enumerated() where lag <= steps {
      let earlier = past[(steps - lag) % room]
      for layer in 0..<load.layers {
        let range = layer * load.experts..<(layer + 1) * load.experts
        var product: Float = 0
        for place in range { product += standard[place] * earlier[place] }
        sums[index] += Double(product)
      }
      pairs[index] += load.layers
    }
    steps += 1
  }

  /// Unit vectors of a layer's deviations from its mean; zeros for an even one.
  private static func standardised(_ load: ExpertLoad) -> [Float] {
    var values: [Float] = []
    values.reserveCapacity(load.values.count)
    for layer in 0..<load.layers {
      let row = load[layer]
      let mean = row.reduce(0, +) / Double(row.count)
      let norm = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot()
      values += row.map { norm > 0 ? Float(($0 - mean) / norm) : 0 }
    }
    return values
  }

  package var result: [ReplayDetails.Drift] {
    zip(Self.lags, zip(sums, pairs)).compactMap { lag, total in
      total.1 > 0 ? .init(lag: lag, correlation: total.0 / Double(total.1)) : nil
    }
  }
}
