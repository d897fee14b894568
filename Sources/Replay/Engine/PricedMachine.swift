import LoadBalancing
import PerformanceModel

/// A machine that a policy is replayed on, and its prices.
struct PricedMachine: Sendable {
  let setting: ReplaySetting
  /// Shared by the threads of one policy.
  let pricing: TrafficPricing
  /// Nil for a policy that moves nothing.
  let migration: Migration?

  init(_ setting: ReplaySetting, for policy: BalancingPolicy) throws {
    self.setting = setting
    pricing = TrafficPricing(setting: setting, policy: policy.name)
    migration = policy.schedule.kind == .never ? nil : try Migration(cluster: setting.cluster)
  }
}

extension ReplaySetting {
  /// Whether a layer's tokens, loads and kernels are the same on both, and only links and what they cost differ.
  func differsOnlyInLinks(from other: ReplaySetting) -> Bool {
    var twin = cluster
    twin.name = other.cluster.name
    twin.scaleUp = other.cluster.scaleUp
    twin.scaleOut = other.cluster.scaleOut
    return twin == other.cluster && model == other.model && header == other.header
  }
}

extension BalancingPolicy {
  /// Whether what is in force when is the same whatever the links are: no price reaches the planner, and moves do not
  /// wait for links to be idle.
  var isBlindToLinks: Bool {
    guard !planner.needs.contains(.price) else { return false }
    return schedule.kind == .never || schedule.kind == .initial || schedule.migration == .blocking
  }
}
