import PerformanceModel

/// What the replay found of one policy: one section for each thing that is counted.
///
/// A section's figures stand beside what counts them, in `TimeTotals.swift`, `BalanceTotals.swift` and their neighbours.
public struct PolicyResult: Codable, Equatable, Sendable {
  public var name: String
  /// False for a yardstick that looks at steps that are not over.
  public var causal: Bool
  public var time: Time
  public var commPerStep: StepTime?
  public var commBound: CommunicationBound
  public var boundBy: BoundBy?
  public var roofline: Roofline?
  /// Absent unless the replay was told the context, or when the steps are not all decode or all prefill.
  public var serving: ServingEstimate?
  public var improvement: Improvement
  /// Absent unless asked for, and for policies that predict nothing or look ahead.
  public var regret: Regret?
  public var balancedness: Balancedness
  public var imbalance: Imbalance
  public var optimality: Optimality?
  public var prediction: Prediction?
  /// Absent from reports unless asked for.
  public var perLayer: [Layer]?
  public var traffic: Traffic
  public var rebalances: Rebalances
  public var memory: Memory
}

extension PolicyResult {
  /// - Parameters:
  ///   - machine: index of the machine that the result is for.
  ///   - baseline: nil for the baseline itself.
  ///   - foreseen: the totals that regret is measured against.
  ///   - sequenceStay: steps for which a sequence stays in the batch.
  init(
    _ replay: PolicyReplay, machine: Int, baseline: PolicyTotals?, foreseen: PolicyTotals?, sequenceStay: Int
  ) {
    let totals = replay.totals[machine]
    let setting = replay.machines[machine].setting
    let layerNumbers = setting.header.layerNumbers
    name = replay.policy.name
    causal = replay.policy.isCausal
    time = Time(totals, setting: setting)
    commPerStep = StepTime(of: totals.time.commPerStep)
    commBound = totals.traffic.bound(of: totals.time.comm)
    boundBy = totals.bottlenecks.result
    roofline = setting.compute.flatMap {
      totals.bottlenecks.roofline(ridgePoint: $0.ridgePoint, layerNumbers: layerNumbers)
    }
    serving = totals.serving(setting)
    improvement = Improvement(
      of: totals.time, over: baseline?.time, lasting: max(sequenceStay, replay.policy.schedule.reach ?? 1))
    regret = foreseen.flatMap { Regret(of: totals.time, against: $0.time) }
    balancedness = totals.balance.balancedness
    imbalance = totals.balance.imbalance
    optimality = totals.balance.optimality
    perLayer = totals.layers.enumerated().map { index, layer in
      layer.result(
        number: layerNumbers[index], knowsExperts: setting.compute != nil, rankTokens: replay.rankTokens(layer: index))
    }
    prediction = replay.forecast.error.result
    prediction?.accuracy = replay.forecast.predictor.accuracy
    traffic = totals.traffic.traffic(
      nodesPerTokenLimit: setting.model.nodesPerTokenLimit(nodes: setting.cluster.nodes))
    rebalances = totals.moves.result(skipped: replay.skippedRebalances)
    memory = Memory(replay)
  }
}
