/// What the search for one layer's placement goes by: how tokens choose, what that costs, and how it scatters.
struct LayerPrice {
  let price: PlacementPrice
  let paired: PairedExperts
  let ranks: Int
  let ranksPerNode: Int
  /// `[experts]` what each adds to its rank's time, at the rate of the search.
  let expertTime: [Double]
  let computeRate: Double
  let scaleUpRate: Double
  let scaleOutRate: Double

  var countsNodes: Bool { ranks > ranksPerNode && price.scaleOutUnit == .copies }

  /// Tokens scatter like Poisson's, with rates for ranks that are all alike.
  init(_ price: PlacementPrice, paired: PairedExperts, ranks: Int, ranksPerNode: Int) {
    self.price = price
    self.paired = paired
    self.ranks = ranks
    self.ranksPerNode = ranksPerNode
    let tokens = paired.share.map { $0 * price.tokensPerStep }
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

  /// Units of a step that a port takes in; their variance is that of independent tokens.
  func units(_ moments: PairedExperts.Moments, _ unit: PlacementPrice.Unit, rate: Double) -> (
    value: Double, mean: Double
  ) {
    let tokens = price.tokensPerStep
    switch unit {
    case .copies:
      let visited = moments.visited
      return (tokens * (visited + rate / 2 * visited * (1 - visited)), tokens * visited)
    case .visits:
      let variance = max(0, moments.chosen + 2 * moments.pairs - moments.chosen * moments.chosen)
      return (tokens * (moments.chosen + rate / 2 * variance), tokens * moments.chosen)
    }
  }
}

/// Exchanges pairs of experts between the ranks of one layer as long as that lowers the price of a step.
///
/// The price is taken at a bound on the largest rank and port of a step (`SoftMaximum`), where copies are estimated from
/// pairs (`PairedExperts`).
///
/// - Complexity: O(experts²) per pass, O(experts) per exchange.
struct PricedExchange {
  private let layer: LayerPrice
  private let slotsPerRank: Int
  private var slotOf: [Int]
  private var onRank: PairSums
  private var onNode: PairSums
  private var computation: SoftMaximum
  private var scaleUp: Port
  private var scaleOut: Port

  /// The ports of one level: ranks, or nodes.
  private struct Port {
    var busiest: SoftMaximum
    /// Units that each takes in on average.
    var means: [Double]
    var total: Double

    init(_ moments: [PairedExperts.Moments], _ unit: PlacementPrice.Unit, rate: Double, _ layer: LayerPrice) {
      let units = moments.map { layer.units($0, unit, rate: rate) }
      busiest = SoftMaximum(units.map(\.value), rate: rate)
      means = units.map(\.mean)
      total = means.reduce(0, +)
    }

    var load: PlacementPrice.PortLoad { .init(busiest: busiest.value, mean: total / Double(means.count)) }

    func load(replacing a: Int, _ b: Int, by units: Units) -> PlacementPrice.PortLoad {
      PlacementPrice.PortLoad(
        busiest: busiest.value(replacing: a, by: units.0.value, b, by: units.1.value),
        mean: (total - means[a] - means[b] + units.0.mean + units.1.mean) / Double(means.count))
    }

    mutating func replace(_ a: Int, _ b: Int, by units: Units) {
      busiest.replace(a, by: units.0.value, b, by: units.1.value)
      total += units.0.mean + units.1.mean - means[a] - means[b]
      means[a] = units.0.mean
      means[b] = units.1.mean
    }
  }

  private typealias Units = ((value: Double, mean: Double), (value: Double, mean: Double))

  /// - Parameter start: one slot per expert.
  init(_ start: LayerPlacement, _ layer: LayerPrice) {
    self.layer = layer
    let slotsPerRank = start.slotsPerRank
    let slotOf = (0..<start.experts).map { start.slotsByExpert[start.firstSlot[$0]] }
    self.slotsPerRank = slotsPerRank
    self.slotOf = slotOf
    onRank = PairSums(layer.paired, places: layer.ranks) { slotOf[$0] / slotsPerRank }
    onNode = PairSums(layer.paired, places: layer.ranks / layer.ranksPerNode) {
      slotOf[$0] / slotsPerRank / layer.ranksPerNode
    }
    var times = Array(repeating: 0.0, count: layer.ranks)
    for (expert, slot) in slotOf.enumerated() { times[slot / slotsPerRank] += layer.expertTime[expert] }
    computation = SoftMaximum(times, rate: layer.computeRate)
    scaleUp = Port(onRank.moments, layer.price.scaleUpUnit, rate: layer.scaleUpRate, layer)
    scaleOut = Port(
      layer.countsNodes ? onNode.moments : onRank.moments, layer.price.scaleOutUnit, rate: layer.scaleOutRate, layer)
  }

  /// Estimated microseconds of a step, as far as the placement decides them.
  var time: Double { time(computation.value, scaleUp.load, scaleOut.load) }

  private func time(
    _ experts: Double, _ up: PlacementPrice.PortLoad, _ out: PlacementPrice.PortLoad
  ) -> Double {
    let none = PlacementPrice.PortLoad(busiest: 0, mean: 0)
    return layer.price.time(experts: experts, scaleUp: up, scaleOut: layer.ranks > layer.ranksPerNode ? out : none)
  }

  /// Exchanges until no pair gains, at most `passes` times over all pairs.
  mutating func search(passes: Int) {
    for _ in 0..<passes where pass() {}
  }

  /// Makes every exchange that gains a ten-thousandth; false if none did.
  private mutating func pass() -> Bool {
    var didExchange = false
    var best = time
    for expert in 0..<max(0, layer.paired.experts - 1) {
      for other in expert + 1..<layer.paired.experts where rank(expert) != rank(other) {
        let change = self.change(expert, other)
        guard change.time < best * (1 - 1e-4) else { continue }
        make(change, expert, other)
        best = time
        didExchange = true
      }
    }
    return didExchange
  }

  private func rank(_ expert: Int) -> Int { slotOf[expert] / slotsPerRank }

  /// An exchange, and what the ranks and nodes have after it.
  private struct Change {
    var time = 0.0
    var rankMoments: (PairedExperts.Moments, PairedExperts.Moments)
    var nodeMoments: (PairedExperts.Moments, PairedExperts.Moments)?
    var times: (Double, Double)
    var up: Units
    var out: Units?
  }

  private func change(_ expert: Int, _ other: Int) -> Change {
    let (a, b) = (rank(expert), rank(other))
    let moments = onRank.exchanged(expert, at: a, other, at: b, layer.paired)
    let moved = layer.expertTime[other] - layer.expertTime[expert]
    var change = Change(
      rankMoments: moments, times: (computation.values[a] + moved, computation.values[b] - moved),
      up: units(moments, layer.price.scaleUpUnit, rate: layer.scaleUpRate))
    var out = scaleOut.load
    let (nodeA, nodeB) = (a / layer.ranksPerNode, b / layer.ranksPerNode)
    if !layer.countsNodes {
      let units = units(moments, layer.price.scaleOutUnit, rate: layer.scaleOutRate)
      change.out = units
      out = scaleOut.load(replacing: a, b, by: units)
    } else if nodeA != nodeB {
      let nodes = onNode.exchanged(expert, at: nodeA, other, at: nodeB, layer.paired)
      let units = units(nodes, .copies, rate: layer.scaleOutRate)
      change.nodeMoments = nodes
      change.out = units
      out = scaleOut.load(replacing: nodeA, nodeB, by: units)
    }
    change.time = time(
      computation.value(replacing: a, by: change.times.0, b, by: change.times.1),
      scaleUp.load(replacing: a, b, by: change.up), out)
    return change
  }

  private func units(
    _ moments: (PairedExperts.Moments, PairedExperts.Moments), _ unit: PlacementPrice.Unit, rate: Double
  ) -> Units {
    (layer.units(moments.0, unit, rate: rate), layer.units(moments.1, unit, rate: rate))
  }

  private mutating func make(_ change: Change, _ expert: Int, _ other: Int) {
    let (a, b) = (rank(expert), rank(other))
    let (nodeA, nodeB) = (a / layer.ranksPerNode, b / layer.ranksPerNode)
    onRank.exchange(expert, at: a, other, at: b, change.rankMoments, layer.paired)
    computation.replace(a, by: change.times.0, b, by: change.times.1)
    scaleUp.replace(a, b, by: change.up)
    if let nodes = change.nodeMoments { onNode.exchange(expert, at: nodeA, other, at: nodeB, nodes, layer.paired) }
    if let units = change.out {
      scaleOut.replace(layer.countsNodes ? nodeA : a, layer.countsNodes ? nodeB : b, by: units)
    }
    slotOf.swapAt(expert, other)
  }

  var placement: LayerPlacement {
    var map = Array(repeating: 0, count: slotOf.count)
    for (expert, slot) in slotOf.enumerated() { map[slot] = expert }
    return LayerPlacement(experts: slotOf.count, ranks: layer.ranks, physicalToLogical: map)
  }
}

/// The experts of ranks, or of nodes: their moments, and what every expert has in common with each place.
private struct PairSums {
  private(set) var moments: [PairedExperts.Moments]
  /// `[places][experts]` sums of `together` and `logCorrection` over the place's experts.
  private var together: [Float]
  private var correction: [Float]
  private let experts: Int

  init(_ paired: PairedExperts, places: Int, place: (Int) -> Int) {
    experts = paired.experts
    moments = Array(repeating: PairedExperts.Moments(), count: places)
    together = Array(repeating: 0, count: places * experts)
    correction = together
    for expert in 0..<experts {
      let home = place(expert)
      moments[home].chosen += paired.share[expert]
      moments[home].logNone += paired.logAvoided[expert]
      for other in 0..<experts {
        together[home * experts + other] += paired.together[expert * experts + other]
        correction[home * experts + other] += paired.logCorrection[expert * experts + other]
      }
    }
    for expert in 0..<experts {
      let home = place(expert)
      moments[home].pairs += Double(together[home * experts + expert]) / 2
      moments[home].logNone += Double(correction[home * experts + expert]) / 2
    }
  }

  /// What two places have after `expert` of the first and `other` of the second have changed places.
  @inline(__always)
  func exchanged(
    _ expert: Int, at a: Int, _ other: Int, at b: Int, _ paired: PairedExperts
  ) -> (PairedExperts.Moments, PairedExperts.Moments) {
    let pair = expert * experts + other
    func replaced(_ out: Int, by into: Int, at place: Int) -> PairedExperts.Moments {
      let (leaving, entering) = (place * experts + out, place * experts + into)
      var moments = moments[place]
      moments.chosen += paired.share[into] - paired.share[out]
      moments.pairs += Double(together[entering] - paired.together[pair] - together[leaving])
      moments.logNone += paired.logAvoided[into] - paired.logAvoided[out]
      moments.logNone += Double(correction[entering] - paired.logCorrection[pair] - correction[leaving])
      return moments
    }
    return (replaced(expert, by: other, at: a), replaced(other, by: expert, at: b))
  }

  mutating func exchange(
    _ expert: Int, at a: Int, _ other: Int, at b: Int,
    _ after: (PairedExperts.Moments, PairedExperts.Moments), _ paired: PairedExperts
  ) {
    moments[a] = after.0
    moments[b] = after.1
    for third in 0..<experts {
      let (e, o) = (expert * experts + third, other * experts + third)
      let pairs = paired.together[o] - paired.together[e]
      let logs = paired.logCorrection[o] - paired.logCorrection[e]
      together[a * experts + third] += pairs
      together[b * experts + third] -= pairs
      correction[a * experts + third] += logs
      correction[b * experts + third] -= logs
    }
  }
}
