import Diagnostics
import LoadBalancing
import RoutingTrace

/// Where the coming tokens are expected to start: a policy's predictor, fed with the loads of every source rank.
///
/// A predictor adds up each expert's load by itself, so that one of ranks · experts loads tells them apart.
struct SourceForecast {
  private var predictor: any LoadPredictor
  private let count: SourceCount
  private let policy: BalancingPolicy

  /// - Throws: `InputError` (usage) if the trace holds counts, or the predictor is of loads that were added up elsewhere,
  ///   looks ahead or follows tokens.
  init(_ policy: BalancingPolicy, setting: ReplaySetting) throws(InputError) {
    do throws(InputError) {
      count = try SourceCount(of: setting)
      predictor = Self.predictor(policy, setting)
      let addsUp = policy.predictsCausally && policy.predictor?.history == nil && !(predictor is any TokenPredictor)
      guard addsUp else {
        throw InputError(
          "plans by where tokens start, which its predictor does not tell; moving-average, exponential and last do",
          status: .usage)
      }
    } catch {
      throw error.attributed(to: "policy \(policy.name)")
    }
    self.policy = policy
  }

  private static func predictor(_ policy: BalancingPolicy, _ setting: ReplaySetting) -> any LoadPredictor {
    policy.makePredictor(
      layers: setting.header.layers, experts: setting.cluster.ranks * setting.header.experts)
  }

  mutating func observe(_ step: RoutingStep) throws(InputError) {
    var seen = count.none
    try count.add(step, to: &seen)
    predictor.observe(
      ExpertLoad(layers: seen.layers, experts: seen.ranks * seen.experts, values: seen.values))
  }

  /// Nil while nothing is known.
  func predict() -> SourceLoad? {
    predictor.predict().map { expected in
      var load = count.none
      load.values = expected.values
      return load
    }
  }

  /// Forgets all that was seen.
  mutating func clear() { predictor = Self.predictor(policy, count.setting) }
}
