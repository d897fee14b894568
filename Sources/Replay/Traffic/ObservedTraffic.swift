import PerformanceModel

/// What one layer of one step sends under one policy.
public struct ObservedTraffic: Sendable {
  public var policy: String
  /// Ordinal of the step in the replay.
  public var step: Int
  /// Index of the layer in the trace.
  public var layer: Int
  public var ranks: Int
  /// `[ranks][ranks]` bytes from each rank to each other, hop by hop where the model relays copies; row = who sends them.
  /// Expectations for a trace of counts.
  public var dispatch: [Double]
  /// The same of combine; nil when the model's payload has none.
  public var combine: [Double]?
}

/// Is told of all that is priced, by several threads at once and in any order.
public protocol TrafficObserver: Sendable {
  func observe(_ traffic: ObservedTraffic) throws
}

extension ReplaySetting {
  /// The same with observers that are told what every layer of every step sends.
  public func observed(by observers: [any TrafficObserver]) -> ReplaySetting {
    var copy = self
    copy.observers = observers
    return copy
  }
}

extension [any TrafficObserver] {
  /// - Parameters:
  ///   - layer: index of the layer in the trace.
  ///   - step: ordinal of the step in the replay.
  func observe(
    _ traffic: Traffic, pricedBy prices: PhasePrices, policy: String, layer: Int, step: Int
  ) throws {
    guard !isEmpty else { return }
    let hops = prices.allToAll.hops(of: traffic, copies: prices.cluster.copies)
    let (ranks, payload) = (traffic.ranks, prices.payload)
    let observed = ObservedTraffic(
      policy: policy, step: step, layer: layer, ranks: ranks, dispatch: hops.map { $0 * payload.dispatchBytes },
      combine: payload.combineBytes.map { bytes in hops.transposed(ranks: ranks).map { $0 * bytes } })
    for observer in self { try observer.observe(observed) }
  }
}
