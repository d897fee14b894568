import PerformanceModel
import Synchronization

/// One step in `interval` is priced by the communication model; see `TrafficPricing`.
struct StepSampling: Sendable {
  let interval: Int
  let model: any OutliningModel
}

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

  private let model: any AllToAllModel
  private let payload: Payload
  private let sampling: StepSampling?
  private let setting: ReplaySetting
  /// Name of the policy.
  private let policy: String
  /// `[layers]`.
  private let ratios: Mutex<[Ratios]>

  init(setting: ReplaySetting, policy: String) {
    self.setting = setting
    self.policy = policy
    model = setting.allToAll
    payload = setting.payload
    sampling = setting.sampling
    ratios = Mutex(Array(repeating: Ratios(), count: setting.header.layers))
  }

  /// - Parameters:
  ///   - layer: index of the layer in the trace.
  ///   - step: ordinal of the step in the replay; each layer's ascend.
  func price(_ traffic: Traffic, layer: Int, step: Int) throws -> AllToAllCost {
    try setting.observers.observe(traffic, of: setting, policy: policy, layer: layer, step: step)
    guard let sampling else { return try model.price(traffic, payload: payload) }
    guard step % sampling.interval == 0 else { return estimate(traffic, layer: layer, with: sampling.model) }
    let cost = try model.price(traffic, payload: payload)
    let outline = sampling.model.outline(traffic, payload: payload)
    ratios.withLock {
      if outline.dispatch > 0 {
        $0[layer].dispatch = (cost.dispatch - sampling.model.dispatchLatency) / outline.dispatch
      }
      if outline.combine > 0 { $0[layer].combine = (cost.combine - sampling.model.combineLatency) / outline.combine }
    }
    return cost
  }

  /// The price of half a step's tokens, after `price` of the step.
  func priceHalf(_ traffic: Traffic, layer: Int) throws -> AllToAllCost {
    guard let sampling else { return try model.price(traffic.halved, payload: payload) }
    return estimate(traffic.halved, layer: layer, with: sampling.model)
  }

  private func estimate(_ traffic: Traffic, layer: Int, with model: any OutliningModel) -> AllToAllCost {
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
