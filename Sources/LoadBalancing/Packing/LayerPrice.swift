/// What the search for one layer's placement goes by: how tokens choose, what that costs, and how it scatters.
struct LayerPrice {
  let price: PlacementPrice
  let paired: PairedExperts
  let ranks: Int
  let ranksPerNode: Int
  private let numbers: Numbers

  /// What the loads of a layer come to at the machine's price.
  struct Numbers: Equatable, Sendable {
    /// `[experts]` what each adds to its rank's time, at the rate of the search.
    let expertTime: [Double]
    let computeRate: Double
    let scaleUpRate: Double
    let scaleOutRate: Double
  }

  var expertTime: [Double] { numbers.expertTime }
  var computeRate: Double { numbers.computeRate }
  var scaleUpRate: Double { numbers.scaleUpRate }
  var scaleOutRate: Double { numbers.scaleOutRate }
  var countsNodes: Bool { ranks > ranksPerNode && price.scaleOutUnit == .copies }

  init(_ price: PlacementPrice, paired: PairedExperts, _ numbers: Numbers, ranks: Int, ranksPerNode: Int) {
    self.price = price
    self.paired = paired
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    self.numbers = numbers
  }

  /// Units of a step that a port takes in; their variance is that of independent tokens.
  func units(_ moments: PairedExperts.Moments, _ unit: PlacementPrice.Unit, rate: Double) -> PortUnits {
    switch unit {
    case .copies: units(visited: moments.visited, rate: rate)
    case .visits: units(visits: moments, rate: rate)
    }
  }

  private func units(visited: Double, rate: Double) -> PortUnits {
    let tokens = price.tokensPerStep
    return PortUnits(value: tokens * (visited + rate / 2 * visited * (1 - visited)), mean: tokens * visited)
  }

  private func units(visits moments: PairedExperts.Moments, rate: Double) -> PortUnits {
    let variance = max(0, moments.chosen + 2 * moments.pairs - moments.chosen * moments.chosen)
    let tokens = price.tokensPerStep
    return PortUnits(value: tokens * (moments.chosen + rate / 2 * variance), mean: tokens * moments.chosen)
  }
}

extension LayerPrice.Numbers {
  /// Tokens scatter like Poisson's, with rates for ranks that are all alike.
  ///
  /// - Parameter share: `[experts]` of tokens; see `PairedExperts`.
  init(_ price: PlacementPrice, share: [Double], ranks: Int, ranksPerNode: Int) {
    let tokens = share.map { $0 * price.tokensPerStep }
    let mean = tokens.reduce(0) { $0 + price.expert($1, 0) } / Double(ranks)
    let visits = tokens.reduce(0, +) / Double(ranks)
    // The curve of log E[exp(r·t)] at 0 is the variance.
    let small = mean > 0 ? 1e-3 / mean : 1
    let variance = tokens.reduce(0) { $0 + 2 * (price.expert($1, small) - price.expert($1, 0)) / small }
    computeRate = SoftMaximum.rate(
      count: ranks, mean: mean, deviation: max(0, variance / Double(ranks)).squareRoot())
    scaleUpRate = SoftMaximum.rate(count: ranks, mean: visits, deviation: visits.squareRoot())
    let nodes = ranks / ranksPerNode
    let atNode = min(visits * Double(ranksPerNode), 0.75 * price.tokensPerStep)
    scaleOutRate =
      price.scaleOutUnit == .copies
      ? SoftMaximum.rate(count: nodes, mean: atNode, deviation: (0.25 * atNode).squareRoot()) : scaleUpRate
    expertTime = tokens.map { [computeRate] in price.expert($0, computeRate) }
  }
}

/// What a port takes in: with its scatter, and on average.
struct PortUnits {
  var value: Double
  var mean: Double
}
