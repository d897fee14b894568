/// Lowers the mean over steps of each step's most expensive rank by exchanging slots, moving parts of an expert's
/// tokens between its replicas, and copying an expert into a slot that takes nothing.
///
/// What is lowest on the sum of steps need not be so in any of them: experts that are hot together belong apart even if
/// their sums are small (the idea of FlashLB, vllm-ascend). A slot costs `cost(tokens)`, a rank the sum of its slots. A
/// part of the ranks' mean square over their mean is added, so that the search goes on where several ranks are as
/// expensive and none alone lowers the step.
package struct WindowSearch {
  private let ranks: Int
  private let slotsPerRank: Int
  private let experts: Int
  private let steps: Int
  /// `[steps][experts]` tokens.
  private let loads: [Double]
  private let cost: (Double) -> Double
  /// Whether an expert's replicas may take unequal parts.
  private let hasFreeShares: Bool
  private var expertOfSlot: [Int]
  private var shares: [Double]
  /// `[slots][steps]` and `[ranks][steps]`.
  private var ofSlot: [Double]
  private var ofRank: [Double]
  /// `[steps]` the three most expensive ranks of each, and what a rank's square weighs.
  private var top: [Peaks]
  private var squareWeights: [Double] = []
  private static let evenness = 0.1

  private struct Peaks {
    var ranks = (-1, -1, -1)
    var values = (0.0, 0.0, 0.0)

    mutating func add(_ value: Double, _ rank: Int) {
      if value > values.0 {
        (ranks, values) = ((rank, ranks.0, ranks.1), (value, values.0, values.1))
      } else if value > values.1 {
        (ranks, values) = ((ranks.0, rank, ranks.1), (values.0, value, values.1))
      } else if value > values.2 {
        (ranks.2, values.2) = (rank, value)
      }
    }

    /// The most expensive rank besides two.
    @inline(__always)
    func besides(_ a: Int, _ b: Int) -> Double {
      if ranks.0 != a, ranks.0 != b { return values.0 }
      if ranks.1 != a, ranks.1 != b { return values.1 }
      return values.2
    }
  }

  /// - Parameters:
  ///   - loads: `[steps][experts]` tokens of the layer.
  ///   - cost: of a slot with so many tokens in a step.
  package init(
    _ start: LayerPlacement, loads: [ArraySlice<Double>], hasFreeShares: Bool, cost: @escaping (Double) -> Double
  ) {
    ranks = start.ranks
    slotsPerRank = start.slotsPerRank
    experts = start.experts
    steps = loads.count
    self.loads = loads.flatMap { $0 }
    self.cost = cost
    self.hasFreeShares = hasFreeShares
    expertOfSlot = start.physicalToLogical
    shares = start.shares
    ofSlot = Array(repeating: 0, count: start.slots * steps)
    ofRank = Array(repeating: 0, count: ranks * steps)
    top = Array(repeating: Peaks(), count: steps)
    for slot in expertOfSlot.indices {
      for step in 0..<steps {
        let value = costOf(expertOfSlot[slot], shares[slot], step)
        ofSlot[slot * steps + step] = value
        ofRank[slot / slotsPerRank * steps + step] += value
      }
    }
    refreshPeaks()
    squareWeights = (0..<steps).map { step in
      let total = (0..<ranks).reduce(0) { $0 + ofRank[$1 * steps + step] }
      return total > 0 ? Self.evenness / total : 0
    }
  }

  package var placement: LayerPlacement {
    LayerPlacement(experts: experts, ranks: ranks, physicalToLogical: expertOfSlot, shares: shares)
  }

  /// Mean over steps of the most expensive rank.
  var peak: Double { top.reduce(0) { $0 + $1.values.0 } / Double(max(1, steps)) }

  private func costOf(_ expert: Int, _ share: Double, _ step: Int) -> Double {
    share > 0 ? cost(loads[step * experts + expert] * share) : 0
  }

  private mutating func refreshPeaks() {
    for step in 0..<steps {
      var peaks = Peaks()
      for rank in 0..<ranks { peaks.add(ofRank[rank * steps + step], rank) }
      top[step] = peaks
    }
  }

  private enum Change {
    case exchange(Int, Int)
    /// A part of the first slot's share goes to the second, which holds the expert or comes to hold it.
    case give(Int, Int, Double)
  }

  /// Makes the change that helps most.
  ///
  /// - Returns: whether there is one that gains a ten-thousandth.
  package mutating func improve() -> Bool {
    var best = (sum: peak * Double(steps) * (1 - 1e-4), change: Change?.none)
    for rank in hottestRanks {
      for slot in slots(of: rank) where shares[slot] > 0 {
        seekExchange(slot, of: rank, &best)
        if hasFreeShares { seekReceiver(slot, of: rank, &best) }
      }
      if best.change != nil { break }
    }
    guard let change = best.change else { return false }
    make(change)
    return true
  }

  /// What a step comes to when two ranks cost something else, but for what the squares of all ranks were.
  @inline(__always)
  private func value(of step: Int, _ rank: Int, _ here: Double, _ other: Int, _ there: Double) -> Double {
    let (a, b) = (ofRank[rank * steps + step], ofRank[other * steps + step])
    return max(max(here, there), top[step].besides(rank, other))
      + squareWeights[step] * (here * here + there * there - a * a - b * b)
  }

  private func slots(of rank: Int) -> Range<Int> { rank * slotsPerRank..<(rank + 1) * slotsPerRank }

  /// Those that are most expensive in most steps first, three at most.
  private var hottestRanks: [Int] {
    var counts = Array(repeating: 0, count: ranks)
    for peaks in top where peaks.ranks.0 >= 0 { counts[peaks.ranks.0] += 1 }
    let hot = counts.indices.filter { counts[$0] > 0 }.sorted { (-counts[$0], $0) < (-counts[$1], $1) }
    return Array(hot.prefix(3))
  }

  private func holds(_ expert: Int, _ rank: Int) -> Bool { slots(of: rank).contains { expertOfSlot[$0] == expert } }

  private func seekExchange(_ slot: Int, of rank: Int, _ best: inout (sum: Double, change: Change?)) {
    for other in 0..<ranks where other != rank && !holds(expertOfSlot[slot], other) {
      for second in slots(of: other) where shares[second] > 0 && !holds(expertOfSlot[second], rank) {
        var sum = 0.0
        for step in 0..<steps {
          let moved = ofSlot[slot * steps + step] - ofSlot[second * steps + step]
          sum += value(of: step, rank, ofRank[rank * steps + step] - moved, other, ofRank[other * steps + step] + moved)
        }
        if sum < best.sum { best = (sum, .exchange(slot, second)) }
      }
    }
  }

  private func seekReceiver(_ slot: Int, of rank: Int, _ best: inout (sum: Double, change: Change?)) {
    let expert = expertOfSlot[slot]
    for other in 0..<ranks where other != rank {
      let holder = slots(of: other).first { expertOfSlot[$0] == expert }
      let idle = slots(of: other).first { shares[$0] == 0 }
      guard let second = holder ?? idle else { continue }
      let held = holder == nil ? 0 : shares[second]
      for part in [0.5, 1] {
        let given = shares[slot] * part
        var sum = 0.0
        for step in 0..<steps {
          let here =
            ofRank[rank * steps + step] - ofSlot[slot * steps + step] + costOf(expert, shares[slot] - given, step)
          let there =
            ofRank[other * steps + step] - ofSlot[second * steps + step] + costOf(expert, held + given, step)
          sum += value(of: step, rank, here, other, there)
        }
        if sum < best.sum { best = (sum, .give(slot, second, given)) }
      }
    }
  }

  private mutating func make(_ change: Change) {
    switch change {
    case .exchange(let slot, let other):
      expertOfSlot.swapAt(slot, other)
      shares.swapAt(slot, other)
      for changed in [slot, other] { refresh(changed) }
    case .give(let slot, let other, let given):
      if expertOfSlot[other] != expertOfSlot[slot] {
        expertOfSlot[other] = expertOfSlot[slot]
        shares[other] = 0
      }
      shares[other] += given
      shares[slot] = given == shares[slot] ? 0 : shares[slot] - given
      for changed in [slot, other] { refresh(changed) }
    }
    refreshPeaks()
  }

  private mutating func refresh(_ slot: Int) {
    for step in 0..<steps {
      let value = costOf(expertOfSlot[slot], shares[slot], step)
      ofRank[slot / slotsPerRank * steps + step] += value - ofSlot[slot * steps + step]
      ofSlot[slot * steps + step] = value
    }
  }
}
