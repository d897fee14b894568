extension PricedExchange {
  /// The first expert from `start` on that may bring the time below `enough` in exchange for another; nil for none.
  ///
  /// Goes by what the step takes at least then, without an exponential: `SoftMaximum` is above its tangent, and a share of
  /// tokens is 1 − exp(x), where exp(d) ≤ 1 + d + d²/2 + (e − 5/2)·max(0, d)³ for d ≤ 1. The level that is waited for now
  /// is looked at first, as if the other took no time, which is enough to pass over most; of those that are left, a
  /// place that would take in much more is looked at again, since it lies far above the tangent.
  func partner(of expert: Int, from start: Int, below enough: Double) -> Int? {
    let price = Price(layer)
    let hasNodes = layer.ranks > layer.ranksPerNode
    let (upLoad, outLoad) = (Load(scaleUp.load), hasNodes ? Load(scaleOut.load) : .none)
    let isOutFirst = price.communication(.none, outLoad) >= price.communication(upLoad, .none)
    // Nothing that is enough is passed over for its last digits.
    let bound = enough * (1 + 1e-9)
    return layer.withTable { table in
      onRank.withPlaces(scaleUp, layer.price.scaleUpUnit, rate: layer.scaleUpRate, layer.price.tokensPerStep) { up in
        (layer.countsNodes ? onNode : onRank).withPlaces(
          scaleOut, layer.price.scaleOutUnit, rate: layer.scaleOutRate, layer.price.tokensPerStep
        ) { out in
          computation.withTerms { computation in
            rankOf.withUnsafeBufferPointer { rankOf in
              nodeOf.withUnsafeBufferPointer { nodeOf in
                let (a, nodeA) = (rankOf[expert], nodeOf[expert])
                for other in start..<table.experts where rankOf[other] != a {
                  let (b, nodeB) = (rankOf[other], nodeOf[other])
                  let moved = table.expertTime[other] - table.expertTime[expert]
                  let computed = computation.least(a, moved, b, -moved)
                  let staysOut = !hasNodes || layer.countsNodes && nodeA == nodeB
                  let (outA, outB) = layer.countsNodes ? (nodeA, nodeB) : (a, b)
                  var (upThen, outThen) = (Load.none, Load.none)
                  if isOutFirst {
                    outThen = staysOut ? outLoad : out.least(table, expert, at: outA, other, at: outB)
                  } else {
                    upThen = up.least(table, expert, at: a, other, at: b)
                  }
                  guard price.time(computed, upThen, outThen) < bound else { continue }
                  if isOutFirst {
                    upThen = up.least(table, expert, at: a, other, at: b)
                  } else {
                    outThen = staysOut ? outLoad : out.least(table, expert, at: outA, other, at: outB)
                  }
                  guard price.time(computed, upThen, outThen) < bound else { continue }
                  let computedThen = computation.closerLeast(a, moved, b, -moved, rate: layer.computeRate)
                  guard price.time(computedThen, upThen, outThen) < bound else { continue }
                  upThen = up.closerLeast(table, expert, at: a, other, at: b, rate: layer.scaleUpRate)
                  if !staysOut {
                    outThen = out.closerLeast(table, expert, at: outA, other, at: outB, rate: layer.scaleOutRate)
                  }
                  if price.time(computedThen, upThen, outThen) < bound { return other }
                }
                return nil
              }
            }
          }
        }
      }
    }
  }

  /// Units that the ports of a level take in where most are, and on average.
  fileprivate struct Load {
    static let none = Load(busiest: 0, mean: 0)
    let busiest: Double
    let mean: Double

    init(busiest: Double, mean: Double) { (self.busiest, self.mean) = (busiest, mean) }

    init(_ load: PlacementPrice.PortLoad) { self.init(busiest: load.busiest, mean: load.mean) }
  }

  /// `PlacementPrice.time` in numbers of its own.
  fileprivate struct Price {
    private let dispatch: PlacementPrice.Operation
    private let combine: PlacementPrice.Operation
    private let sources: PlacementPrice.Sources
    private let freeExperts: Double
    private let derate: Double
    private let computeDerate: Double
    /// Of communication and of computation, what is saved where it is the shorter one.
    private let savedCommunication: Double
    private let savedComputation: Double

    init(_ layer: LayerPrice) {
      let price = layer.price
      (dispatch, combine, sources, freeExperts) = (price.dispatch, price.combine, price.sources, price.freeExperts)
      (derate, computeDerate) = (price.derate, price.computeDerate)
      let surplus = price.overlap * (price.derate + (price.computeDerate - 1))
      (savedCommunication, savedComputation) = (surplus / price.derate, surplus / price.computeDerate)
    }

    @inline(__always)
    func communication(_ scaleUp: Load, _ scaleOut: Load) -> Double {
      let up = larger(scaleUp.busiest, sources.scaleUpSender * scaleUp.mean)
      let out = larger(sources.scaleOutReceiver * scaleOut.busiest, sources.scaleOutSender * scaleOut.mean)
      return larger(0, larger(dispatch.scaleUp * up, dispatch.scaleOut * out) - dispatch.free)
        + larger(0, larger(combine.scaleUp * up, combine.scaleOut * out) - combine.free)
    }

    @inline(__always)
    func time(_ experts: Double, _ scaleUp: Load, _ scaleOut: Load) -> Double {
      let communication = communication(scaleUp, scaleOut)
      let computation = larger(0, experts - freeExperts)
      let saved =
        communication * computeDerate <= computation * derate
        ? communication * savedCommunication : computation * savedComputation
      return communication + computation - saved
    }
  }

  /// The values of a `SoftMaximum`.
  fileprivate struct Terms {
    let value: Double
    let slope: Double
    let terms: UnsafePointer<Double>

    /// What it is at least when two of the values change by so much: along the tangent, since it is convex.
    @inline(__always)
    func least(_ first: Int, _ a: Double, _ second: Int, _ b: Double) -> Double {
      value + (terms[first] * a + terms[second] * b) * slope
    }

    /// The same, closer where a value changes by much of 1 / rate: exp(y) ≥ (1 + y/16)^16 for y ≥ −16, and log(x) is at
    /// least 2·(x − 1)/(x + 1) for x ≥ 1, and (x² − 1)/(2·x) below.
    @inline(__always)
    func closerLeast(_ first: Int, _ a: Double, _ second: Int, _ b: Double, rate: Double) -> Double {
      let growth = (terms[first] * growth(rate * a) + terms[second] * growth(rate * b)) * slope
      let x = smaller(larger(1 + growth, 1e-300), 1e6)
      let log = x >= 1 ? 2 * (x - 1) / (x + 1) : (x * x - 1) / (2 * x)
      return value + log / rate
    }

    /// At most exp(y) − 1.
    @inline(__always)
    private func growth(_ y: Double) -> Double {
      let root = larger(0, 1 + y / 16)
      let second = root * root
      let fourth = second * second
      let eighth = fourth * fourth
      return eighth * eighth - 1
    }
  }

  /// How a layer's tokens choose.
  fileprivate struct Table {
    let experts: Int
    let expertTime: UnsafePointer<Double>
    let share: UnsafePointer<Double>
    let logAvoided: UnsafePointer<Double>
    let together: UnsafePointer<Float>
    let correction: UnsafePointer<Float>
  }

  /// A level's places and their ports.
  fileprivate struct Places {
    let isCopies: Bool
    let halfRate: Double
    let tokens: Double
    let busiest: Terms
    let values: UnsafePointer<Double>
    let means: UnsafePointer<Double>
    let total: Double
    let part: Double
    let moments: UnsafePointer<PairedExperts.Moments>
    let none: UnsafePointer<Double>
    let together: UnsafePointer<Float>
    let correction: UnsafePointer<Float>

    /// What the ports take in at least after an exchange.
    @inline(__always)
    func least(_ table: Table, _ expert: Int, at a: Int, _ other: Int, at b: Int) -> Load {
      let one = leastUnits(table, expert, by: other, at: a)
      let two = leastUnits(table, other, by: expert, at: b)
      return Load(
        busiest: busiest.least(a, one.value - values[a], b, two.value - values[b]),
        mean: (total - means[a] - means[b] + one.mean + two.mean) * part)
    }

    /// The same, closer where a port takes in much more or less.
    @inline(__always)
    func closerLeast(_ table: Table, _ expert: Int, at a: Int, _ other: Int, at b: Int, rate: Double) -> Load {
      let one = leastUnits(table, expert, by: other, at: a)
      let two = leastUnits(table, other, by: expert, at: b)
      return Load(
        busiest: busiest.closerLeast(a, one.value - values[a], b, two.value - values[b], rate: rate),
        mean: (total - means[a] - means[b] + one.mean + two.mean) * part)
    }

    @inline(__always)
    private func leastUnits(_ table: Table, _ out: Int, by into: Int, at place: Int) -> PortUnits {
      let (row, pair) = (place &* table.experts, out &* table.experts &+ into)
      let before = moments[place]
      let chosen = before.chosen + (table.share[into] - table.share[out])
      if isCopies {
        let logs = correction[row &+ into] - table.correction[pair] - correction[row &+ out]
        let change = table.logAvoided[into] - table.logAvoided[out] + Double(logs)
        let rise = larger(0, change)
        let growth = change + change * change / 2 + 0.2183 * rise * rise * rise
        let least = change > 1 ? 0 : 1 - none[place] * (1 + growth)
        let visited = larger(0, smaller(least, chosen))
        return PortUnits(value: tokens * (visited + halfRate * visited * (1 - visited)), mean: tokens * visited)
      }
      let pairs = before.pairs + Double(together[row &+ into] - table.together[pair] - together[row &+ out])
      let variance = larger(0, chosen + 2 * pairs - chosen * chosen)
      return PortUnits(value: tokens * (chosen + halfRate * variance), mean: tokens * chosen)
    }
  }
}

extension LayerPrice {
  @inline(__always)
  fileprivate func withTable<Result>(_ body: (PricedExchange.Table) -> Result) -> Result {
    expertTime.withUnsafeBufferPointer { expertTime in
      paired.share.withUnsafeBufferPointer { share in
        paired.logAvoided.withUnsafeBufferPointer { logAvoided in
          paired.together.withUnsafeBufferPointer { together in
            paired.logCorrection.withUnsafeBufferPointer { correction in
              body(
                .init(
                  experts: paired.experts, expertTime: expertTime.baseAddress!, share: share.baseAddress!,
                  logAvoided: logAvoided.baseAddress!, together: together.baseAddress!,
                  correction: correction.baseAddress!))
            }
          }
        }
      }
    }
  }
}

extension SoftMaximum {
  @inline(__always)
  fileprivate func withTerms<Result>(_ body: (PricedExchange.Terms) -> Result) -> Result {
    terms.withUnsafeBufferPointer { body(.init(value: value, slope: 1 / sum, terms: $0.baseAddress!)) }
  }
}

extension PairSums {
  @inline(__always)
  fileprivate func withPlaces<Result>(
    _ port: PricedExchange.Port, _ unit: PlacementPrice.Unit, rate: Double, _ tokens: Double,
    _ body: (PricedExchange.Places) -> Result
  ) -> Result {
    port.busiest.withTerms { terms in
      port.busiest.values.withUnsafeBufferPointer { values in
        port.means.withUnsafeBufferPointer { means in
          moments.withUnsafeBufferPointer { moments in
            none.withUnsafeBufferPointer { none in
              together.withUnsafeBufferPointer { together in
                correction.withUnsafeBufferPointer { correction in
                  body(
                    .init(
                      isCopies: unit == .copies, halfRate: rate / 2, tokens: tokens, busiest: terms,
                      values: values.baseAddress!, means: means.baseAddress!, total: port.total,
                      part: 1 / Double(means.count), moments: moments.baseAddress!, none: none.baseAddress!,
                      together: together.baseAddress!, correction: correction.baseAddress!))
                }
              }
            }
          }
        }
      }
    }
  }
}

/// `max` and `min` in one instruction each, without a branch.
@inline(__always)
private func larger(_ one: Double, _ other: Double) -> Double { one > other ? one : other }

@inline(__always)
private func smaller(_ one: Double, _ other: Double) -> Double { one < other ? one : other }
