import PerformanceModel

/// What a policy's times are made of, as far as prices may be off: one factor for all of a part.
///
/// With overlap, the side of a layer that hides behind the other counts as far as it shows at the prices as they are; that
/// other prices might hide the other side is left out.
package struct PricedParts: Sendable {
  /// Microseconds.
  package struct Part: Sendable {
    package private(set) var fixed = 0.0
    package private(set) var rate = 0.0

    /// - Parameter share: of the time that counts.
    fileprivate mutating func add(_ time: Double, fixed fixedTime: Double, share: Double) {
      fixed += share * fixedTime
      rate += share * (time - fixedTime)
    }
  }

  /// Dispatch and combine, whether they show or not.
  package private(set) var communication = Part()
  /// Dispatch and combine, and the experts' kernels, as they show in the total.
  package private(set) var shownCommunication = Part()
  package private(set) var shownExperts = Part()
  /// Of the experts' kernels, the layers that take longer for memory than for arithmetic: what of it shows.
  package private(set) var shownMemory = Part()

  mutating func add(_ layer: LayerOutcome, overlap: Overlap) {
    let (time, cost) = (layer.time, layer.cost)
    let shown = time.shown(overlap)
    communication.add(time.communication, fixed: cost.fixed, share: 1)
    shownCommunication.add(time.communication, fixed: cost.fixed, share: shown.communication)
    shownExperts.add(time.experts, fixed: layer.expertCost?.fixed ?? 0, share: shown.experts)
    guard let experts = layer.expertCost, experts.memory > experts.math else { return }
    shownMemory.add(time.experts, fixed: experts.fixed, share: shown.experts)
  }
}

extension TimeTotals {
  /// Microseconds of communication if prices were off by these factors.
  package func comm(at prices: PriceFactors) -> Double {
    comm + prices.communication.excess(of: parts.communication)
  }

  /// Microseconds in total, likewise. Moves and fetches are bytes; predictions, and plans after the gate, take what the
  /// policy says they take.
  package func total(at prices: PriceFactors) -> Double {
    total + prices.communication.excess(of: parts.shownCommunication)
      + prices.experts.excess(of: parts.shownExperts) + (prices.communication.rate - 1) * (migration + shownFetch)
  }
}

extension PriceFactors.Kernel {
  /// What a part takes more than at the prices as they are; 0 exactly at factors of 1.
  fileprivate func excess(of part: PricedParts.Part) -> Double { (fixed - 1) * part.fixed + (rate - 1) * part.rate }
}
