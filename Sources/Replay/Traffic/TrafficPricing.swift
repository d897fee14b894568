import Diagnostics
import PerformanceModel

/// Prices what the layers of one policy send: every step's, or one step's in a few.
///
/// With sampling, a step that is not priced takes, in each layer, as long for each byte over its busiest link as the last step
/// that was, after the latency: T = α + (T' − α) · bound / bound'. Its bytes and its bound are its own. Layers may be priced by different threads, a layer's
/// steps one after another.
final class TrafficPricing: Sendable {
  /// Time after the latency, over the bound, of a layer's last priced step.
  private struct Ratios {
    var dispatch = 1.0
    var combine = 1.0
  }

  private let setting: ReplaySetting
  /// Name of the policy.
  private let policy: String
  /// `[layers]`.
  private let ratios: Guarded<[Ratios]>

  init(setting: ReplaySetting, policy: String) {
    self.setting = setting
    self.policy = policy
    ratios = Guarded(Array(repeating: Ratios(), count: setting.header.layers))
  }

  /// What prices and observers depend on.
  var reads: TrafficDetail {
    // Where relays are gone, others take their place, each for its sources.
    let least: TrafficDetail = setting.observers.isEmpty && setting.cluster.changes.isEmpty ? .relays : .ranks
    return [true, false].map(prices(isDecode:)).reduce(least) {
      max($0, $1.allToAll.reads, $1.cluster.copies == .dedup ? .relays : .visits)
    }
  }

  /// What a phase's steps are priced with.
  func prices(isDecode: Bool) -> PhasePrices { setting.prices(isDecode: isDecode) }

  /// - Parameters:
  ///   - ports: what they carry, if it was summed up already.
  ///   - isDecode: whether the step is decode's, with its kernels.
  ///   - layer: index of the layer in the trace.
  ///   - step: ordinal of the step in the replay; each layer's ascend.
  func price(
    _ traffic: Traffic, ports: PortCopies? = nil, isDecode: Bool, layer: Int, step: Int
  ) throws -> AllToAllCost {
    let prices = setting.prices(isDecode: isDecode)
    let (model, payload) = (prices.allToAll, prices.payload)
    try setting.observers.observe(traffic, pricedBy: prices, policy: policy, layer: layer, step: step)
    guard let outlining = outlining(prices), let interval = setting.samplingInterval else {
      if let ports { return try model.price(traffic, ports: ports, payload: payload) }
      return try model.price(traffic, payload: payload)
    }
    guard step % interval == 0 else { return estimate(traffic, layer: layer, payload, with: outlining) }
    let cost = try model.price(traffic, payload: payload)
    let outline = outlining.outline(traffic, payload: payload)
    ratios.withLock {
      if outline.dispatch > 0 { $0[layer].dispatch = (cost.dispatch - outlining.dispatchLatency) / outline.dispatch }
      if outline.combine > 0 { $0[layer].combine = (cost.combine - outlining.combineLatency) / outline.combine }
    }
    return cost
  }

  /// The price of half a step's tokens, after `price` of the step.
  func priceHalf(_ traffic: Traffic, isDecode: Bool, layer: Int) throws -> AllToAllCost {
    let prices = setting.prices(isDecode: isDecode)
    guard let outlining = outlining(prices) else {
      return try prices.allToAll.price(traffic.halved, payload: prices.payload)
    }
    return estimate(traffic.halved, layer: layer, prices.payload, with: outlining)
  }

  /// Nil when every step is priced.
  private func outlining(_ prices: PhasePrices) -> (any OutliningModel)? {
    setting.samplingInterval == nil ? nil : prices.allToAll as? any OutliningModel
  }

  private func estimate(
    _ traffic: Traffic, layer: Int, _ payload: Payload, with model: any OutliningModel
  ) -> AllToAllCost {
    var cost = model.outline(traffic, payload: payload)
    let ratio = ratios.withLock { $0[layer] }
    cost.dispatch = model.dispatchLatency + ratio.dispatch * cost.dispatch
    cost.fixed = model.dispatchLatency
    if payload.combineBytes != nil {
      cost.combine = model.combineLatency + ratio.combine * cost.combine
      cost.fixed += model.combineLatency
    }
    return cost
  }
}
