/// Exchanges pairs of experts between the ranks of one layer as long as that lowers the price of a step.
///
/// The price is taken at the largest rank and port that a step has on average (`SoftMaximum`), where copies are estimated
/// from pairs (`PairedExperts`) and tokens scatter like Poisson's.
///
/// - Complexity: O(experts²) per pass, O(experts) per exchange.
struct PricedExchange {
  private let price: PlacementPrice
  private let paired: PairedExperts
  private let ranks: Int
  private let ranksPerNode: Int
  private let slotsPerRank: Int
  /// `[experts]` microseconds that each adds to its rank.
  private let expertTime: [Double]
  private var slotOf: [Int]
  private var onRank: PairSums
  private var onNode: PairSums
  private var computation: SoftMaximum
  private var scaleUp: SoftMaximum
  private var scaleOut: SoftMaximum

  private var usesNodes: Bool { ranks > ranksPerNode && price.scaleOutUnit == .copies }

  /// - Parameter start: one slot per expert.
  init(_ start: LayerPlacement, ranksPerNode: Int, paired: PairedExperts, expertTime: [Double], price: PlacementPrice) {
    self.price = price
    self.paired = paired
    self.ranksPerNode = ranksPerNode
    self.expertTime = expertTime
    ranks = start.ranks
    slotsPerRank = start.slotsPerRank
    let slotOf = (0..<start.experts).map { start.slotsByExpert[start.firstSlot[$0]] }
    self.slotOf = slotOf
    let (ranks, slotsPerRank) = (start.ranks, start.slotsPerRank)
    onRank = PairSums(paired, places: ranks) { slotOf[$0] / slotsPerRank }
    onNode = PairSums(paired, places: ranks / ranksPerNode) { slotOf[$0] / slotsPerRank / ranksPerNode }
    var times = Array(repeating: 0.0, count: ranks)
    var variance = 0.0
    for expert in 0..<start.experts {
      times[slotOf[expert] / slotsPerRank] += expertTime[expert]
      let tokens = paired.share[expert] * price.tokensPerStep
      let slope = price.expert(tokens + 1) - expertTime[expert]
      variance += slope * slope * tokens / Double(ranks)
    }
    computation = SoftMaximum(times, deviation: variance.squareRoot())
    scaleUp = Self.port(onRank, price.scaleUpUnit, price.tokensPerStep)
    scaleOut = Self.port(
      price.scaleOutUnit == .copies ? onNode : onRank, price.scaleOutUnit, price.tokensPerStep)
  }

  /// Tokens that each place takes in.
  private static func port(_ sums: PairSums, _ unit: PlacementPrice.Unit, _ tokens: Double) -> SoftMaximum {
    let values = sums.moments.map { Self.units($0, unit, tokens) }
    let mean = values.reduce(0, +) / Double(max(1, values.count))
    return SoftMaximum(values, deviation: mean.squareRoot())
  }

  private static func units(_ moments: PairedExperts.Moments, _ unit: PlacementPrice.Unit, _ tokens: Double) -> Double {
    tokens * (unit == .copies ? moments.visited : moments.chosen)
  }

  /// Estimated microseconds of a step, as far as the placement decides them.
  var time: Double {
    price.time(experts: computation.value, scaleUp: scaleUp.value, scaleOut: ranks > ranksPerNode ? scaleOut.value : 0)
  }

  /// Exchanges until no pair gains, at most `passes` times over all pairs.
  mutating func search(passes: Int) {
    for _ in 0..<passes where pass() {}
  }

  /// Makes every exchange that gains; false if none did.
  private mutating func pass() -> Bool {
    var didExchange = false
    var best = time
    for expert in 0..<max(0, paired.experts - 1) {
      for other in expert + 1..<paired.experts where rank(expert) != rank(other) {
        let change = self.change(expert, other)
        // Less than a millionth is rounding.
        guard change.time < best - 1e-6 * best else { continue }
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
    var scaleUp: (Double, Double)
    var scaleOut: (Double, Double)?
  }

  private func change(_ expert: Int, _ other: Int) -> Change {
    let (a, b) = (rank(expert), rank(other))
    let tokens = price.tokensPerStep
    let moments = onRank.exchanged(expert, at: a, other, at: b, paired)
    let moved = expertTime[other] - expertTime[expert]
    var change = Change(
      rankMoments: moments, nodeMoments: nil, times: (computation.values[a] + moved, computation.values[b] - moved),
      scaleUp: (
        Self.units(moments.0, price.scaleUpUnit, tokens), Self.units(moments.1, price.scaleUpUnit, tokens)
      ), scaleOut: nil)
    var out = 0.0
    if ranks > ranksPerNode {
      out = scaleOut.value
      let (nodeA, nodeB) = (a / ranksPerNode, b / ranksPerNode)
      if !usesNodes {
        let units = (
          Self.units(moments.0, .visits, tokens), Self.units(moments.1, .visits, tokens)
        )
        change.scaleOut = units
        out = scaleOut.value(replacing: a, by: units.0, b, by: units.1)
      } else if nodeA != nodeB {
        let nodes = onNode.exchanged(expert, at: nodeA, other, at: nodeB, paired)
        let units = (Self.units(nodes.0, .copies, tokens), Self.units(nodes.1, .copies, tokens))
        change.nodeMoments = nodes
        change.scaleOut = units
        out = scaleOut.value(replacing: nodeA, by: units.0, nodeB, by: units.1)
      }
    }
    change.time = price.time(
      experts: computation.value(replacing: a, by: change.times.0, b, by: change.times.1),
      scaleUp: scaleUp.value(replacing: a, by: change.scaleUp.0, b, by: change.scaleUp.1), scaleOut: out)
    return change
  }

  private mutating func make(_ change: Change, _ expert: Int, _ other: Int) {
    let (a, b) = (rank(expert), rank(other))
    let (nodeA, nodeB) = (a / ranksPerNode, b / ranksPerNode)
    onRank.exchange(expert, at: a, other, at: b, change.rankMoments, paired)
    computation.replace(a, by: change.times.0, b, by: change.times.1)
    scaleUp.replace(a, by: change.scaleUp.0, b, by: change.scaleUp.1)
    if let nodes = change.nodeMoments { onNode.exchange(expert, at: nodeA, other, at: nodeB, nodes, paired) }
    if let units = change.scaleOut {
      scaleOut.replace(usesNodes ? nodeA : a, by: units.0, usesNodes ? nodeB : b, by: units.1)
    }
    slotOf.swapAt(expert, other)
  }

  var placement: LayerPlacement {
    var map = Array(repeating: 0, count: paired.experts)
    for expert in 0..<paired.experts { map[slotOf[expert]] = expert }
    return LayerPlacement(experts: paired.experts, ranks: ranks, physicalToLogical: map)
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
