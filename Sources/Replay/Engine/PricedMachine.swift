import LoadBalancing
import PerformanceModel

/// A machine that a policy is replayed on, and its prices.
struct PricedMachine: Sendable {
  let setting: ReplaySetting
  /// Nil for a policy that moves nothing.
  let moves: MovePrice?
  /// Of ranks that come and go; nil where none do.
  let changes: MovePrice?
  /// Nil for a policy without an exact planner.
  let fetches: FetchPrice?
  /// Shared by the threads of one policy.
  private let pricing: TrafficPricing
  /// The same with what moves leave of the links; nil for moves that wait for the links to be idle.
  private let pricingWhileMoving: TrafficPricing?

  init(_ setting: ReplaySetting, for policy: BalancingPolicy) throws {
    let rule = policy.schedule.migration
    self.setting = setting
    pricing = TrafficPricing(setting: setting, policy: policy.name)
    pricingWhileMoving = try rule.bandwidthShare.map {
      TrafficPricing(setting: try setting.leaving(1 - $0), policy: policy.name)
    }
    moves =
      policy.schedule.keepsPlacement
      ? nil
      : try MovePrice(rule, cluster: setting.cluster, expertBytes: setting.model.expertBytes)
    changes =
      setting.cluster.changes.isEmpty
      ? nil : try MovePrice(.blocking, cluster: setting.cluster, expertBytes: setting.model.expertBytes)
    if let exact = policy.planner.exact, let charge = policy.schedule.charge {
      fetches = try FetchPrice(exact, charge: charge, on: setting)
    } else {
      fetches = nil
    }
  }

  /// What its prices depend on.
  var reads: TrafficDetail { max(pricing.reads, pricingWhileMoving?.reads ?? .relays) }

  /// Whether moves have a share of the links all the time, rather than all of them where they are idle.
  var sharesLinks: Bool { pricingWhileMoving != nil }

  func pricing(whileMoving isMoving: Bool) -> TrafficPricing {
    isMoving ? pricingWhileMoving ?? pricing : pricing
  }

  /// Microseconds of a step in which experts may be on their way: all of it at a share of the links, else the time in
  /// which the links are idle. Attention counts where it is known.
  ///
  /// - Parameters:
  ///   - layers: `[layers]` outcomes of the step.
  ///   - ranks: that there are.
  ///   - predictionTime: microseconds that the step waited for its prediction.
  func timeForMoves(
    in layers: some Collection<LayerOutcome>, ranks: Int, prediction predictionTime: Double
  ) -> Double {
    layers.reduce(predictionTime) { sum, layer in
      let tokensPerRank = layer.tokens / Double(ranks)
      let prices = setting.prices(isDecode: layer.isDecode)
      let attention = prices.serving?.attentionTime(tokens: tokensPerRank, isDecode: layer.isDecode) ?? 0
      let busy = sharesLinks ? 0 : layer.time.communication
      return sum + layer.time.total(prices.cluster.overlap) + attention - busy
    }
  }
}

extension ReplaySetting {
  /// Whether a layer's tokens, where they start, loads and kernels are the same on both, and only links and what they cost differ.
  func differsOnlyInLinks(from other: ReplaySetting) -> Bool {
    func differsOnlyInLinks(_ cluster: Cluster, _ other: Cluster) -> Bool {
      var twin = cluster
      twin.name = other.name
      twin.scaleUp = other.scaleUp
      twin.scaleOut = other.scaleOut
      twin.uncertainty = other.uncertainty
      return twin == other
    }
    return differsOnlyInLinks(machine.prefill, other.machine.prefill)
      && differsOnlyInLinks(machine.decode, other.machine.decode) && model == other.model && header == other.header
      && sourceAssignment == other.sourceAssignment
  }
}

extension BalancingPolicy {
  /// Whether what is in force when is the same whatever the links are: no price reaches the planner, moves do not wait
  /// for links to be idle, and no rank waits for experts.
  var isBlindToLinks: Bool {
    guard planner.needs.isDisjoint(with: [.price, .costs]), cache == nil else { return false }
    return schedule.keepsPlacement || schedule.kind == .initial || schedule.migration.kind == .blocking
  }
}
