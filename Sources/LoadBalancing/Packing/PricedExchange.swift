/// Exchanges pairs of experts between the ranks of one layer as long as that lowers the price of a step.
///
/// The price is taken at a bound on the largest rank and port of a step (`SoftMaximum`), where copies are estimated
/// from pairs (`PairedExperts`).
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

  private typealias Units = (PortUnits, PortUnits)

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
      for other in expert + 1..<layer.paired.experts where rank(expert) != rank(other) {
        let enough = best * (1 - 1e-4)
        guard least(expert, other) < enough else { continue }
        let change = self.change(expert, other)
        guard change.time < enough else { continue }
        make(change, expert, other)
        best = time
        left -= 1
        if left == 0 { return }
      }
    }
  }

  /// What the step takes at least after an exchange, without an exponential: `SoftMaximum` is above its tangent, and a
  /// share of tokens is 1 − exp(x), where exp(d) ≤ 1 + d + d² for d ≤ 1.
  private func least(_ expert: Int, _ other: Int) -> Double {
    let (a, b) = (rank(expert), rank(other))
    let moved = layer.expertTime[other] - layer.expertTime[expert]
    let experts = computation.tangent(a, by: moved, b, by: -moved)
    let moments = onRank.exchanged(expert, at: a, other, at: b, layer.paired)
    let up = leastLoad(of: scaleUp, at: a, b, from: onRank, moments, layer.price.scaleUpUnit, rate: layer.scaleUpRate)
    guard layer.ranks > layer.ranksPerNode else { return time(experts, up, up) }
    var out = scaleOut.load
    let (nodeA, nodeB) = (a / layer.ranksPerNode, b / layer.ranksPerNode)
    if !layer.countsNodes {
      out = leastLoad(
        of: scaleOut, at: a, b, from: onRank, moments, layer.price.scaleOutUnit, rate: layer.scaleOutRate)
    } else if nodeA != nodeB {
      let nodes = onNode.exchanged(expert, at: nodeA, other, at: nodeB, layer.paired)
      out = leastLoad(of: scaleOut, at: nodeA, nodeB, from: onNode, nodes, .copies, rate: layer.scaleOutRate)
    }
    return time(experts, up, out)
  }

  private func leastLoad(
    of port: Port, at a: Int, _ b: Int, from sums: PairSums,
    _ moments: (PairedExperts.Moments, PairedExperts.Moments), _ unit: PlacementPrice.Unit, rate: Double
  ) -> PlacementPrice.PortLoad {
    let one = layer.leastUnits(moments.0, unit, rate: rate, before: sums.moments[a], none: sums.none[a])
    let two = layer.leastUnits(moments.1, unit, rate: rate, before: sums.moments[b], none: sums.none[b])
    let busiest = port.busiest.tangent(
      a, by: one.value - port.busiest.values[a], b, by: two.value - port.busiest.values[b])
    return PlacementPrice.PortLoad(
      busiest: busiest,
      mean: (port.total - port.means[a] - port.means[b] + one.mean + two.mean) / Double(port.means.count))
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
