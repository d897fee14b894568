/// Exchanges pairs of experts between the ranks of one layer as long as that lowers the price of a step.
///
/// The price is taken at a bound on the largest rank and port of a step (`SoftMaximum`), where copies are estimated
/// from pairs (`PairedExperts`).
///
/// - Complexity: O(experts²) per pass, O(experts) per exchange.
struct PricedExchange {
  let layer: LayerPrice
  private var slotOf: [Int]
  /// `[experts]`.
  private(set) var rankOf: [Int]
  private(set) var nodeOf: [Int]
  private(set) var onRank: PairSums
  private(set) var onNode: PairSums
  private(set) var computation: SoftMaximum
  private(set) var scaleUp: Port
  private(set) var scaleOut: Port

  /// The ports of one level: ranks, or nodes.
  struct Port {
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

    fileprivate func load(replacing a: Int, _ b: Int, by units: Units) -> PlacementPrice.PortLoad {
      PlacementPrice.PortLoad(
        busiest: busiest.value(replacing: a, by: units.0.value, b, by: units.1.value),
        mean: (total - means[a] - means[b] + units.0.mean + units.1.mean) / Double(means.count))
    }

    fileprivate mutating func replace(_ a: Int, _ b: Int, by units: Units) {
      busiest.replace(a, by: units.0.value, b, by: units.1.value)
      total += units.0.mean + units.1.mean - means[a] - means[b]
      means[a] = units.0.mean
      means[b] = units.1.mean
    }
  }

  fileprivate typealias Units = (PortUnits, PortUnits)

  /// - Parameter start: one slot per expert.
  init(_ start: LayerPlacement, _ layer: LayerPrice) {
    self.layer = layer
    slotOf = (0..<start.experts).map { start.slotsByExpert[start.firstSlot[$0]] }
    let rankOf = slotOf.map { $0 / start.slotsPerRank }
    let nodeOf = rankOf.map { $0 / layer.ranksPerNode }
    (self.rankOf, self.nodeOf) = (rankOf, nodeOf)
    onRank = PairSums(layer.paired, places: layer.ranks, placeOf: rankOf)
    onNode = PairSums(layer.paired, places: layer.ranks / layer.ranksPerNode, placeOf: nodeOf)
    var times = Array(repeating: 0.0, count: layer.ranks)
    for (expert, rank) in rankOf.enumerated() { times[rank] += layer.expertTime[expert] }
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

  /// Exchanges until all pairs together gain less than a thousandth, at most `passes` times over them.
  ///
  /// - Parameter exchanges: at most so many.
  mutating func search(passes: Int, exchanges: Int = .max) {
    var left = exchanges
    for _ in 0..<passes where left > 0 {
      let before = time
      pass(&left)
      if time > before * (1 - 1e-3) { break }
    }
  }

  /// Makes every exchange that gains a ten-thousandth, as long as some are left.
  private mutating func pass(_ left: inout Int) {
    var best = time
    for expert in 0..<max(0, layer.paired.experts - 1) {
      var next = expert + 1
      while let other = partner(of: expert, from: next, below: best * (1 - 1e-4)) {
        next = other + 1
        let change = self.change(expert, other)
        guard change.time < best * (1 - 1e-4) else { continue }
        make(change, expert, other)
        best = time
        left -= 1
        if left == 0 { return }
      }
    }
  }

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
    let (a, b) = (rankOf[expert], rankOf[other])
    let moments = onRank.exchanged(expert, at: a, other, at: b, layer.paired)
    let moved = layer.expertTime[other] - layer.expertTime[expert]
    var change = Change(
      rankMoments: moments, times: (computation.values[a] + moved, computation.values[b] - moved),
      up: units(moments, layer.price.scaleUpUnit, rate: layer.scaleUpRate))
    var out = scaleOut.load
    let (nodeA, nodeB) = (nodeOf[expert], nodeOf[other])
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
    let (a, b) = (rankOf[expert], rankOf[other])
    let (nodeA, nodeB) = (nodeOf[expert], nodeOf[other])
    onRank.exchange(expert, at: a, other, at: b, change.rankMoments, layer.paired)
    computation.replace(a, by: change.times.0, b, by: change.times.1)
    scaleUp.replace(a, b, by: change.up)
    if let nodes = change.nodeMoments { onNode.exchange(expert, at: nodeA, other, at: nodeB, nodes, layer.paired) }
    if let units = change.out {
      scaleOut.replace(layer.countsNodes ? nodeA : a, layer.countsNodes ? nodeB : b, by: units)
    }
    slotOf.swapAt(expert, other)
    rankOf.swapAt(expert, other)
    nodeOf.swapAt(expert, other)
  }

  var placement: LayerPlacement {
    var map = Array(repeating: 0, count: slotOf.count)
    for (expert, slot) in slotOf.enumerated() { map[slot] = expert }
    return LayerPlacement(experts: slotOf.count, ranks: layer.ranks, physicalToLogical: map)
  }
}
