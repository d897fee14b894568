import LoadBalancing
import PerformanceModel

/// What the replay found of one policy: one section for each thing that is counted.
///
/// A section's figures stand beside what counts them, in `TimeTotals.swift`, `BalanceTotals.swift` and their neighbours.
public struct PolicyResult: Codable, Equatable, Sendable {
  public var name: String
  /// False for a yardstick that looks at steps that are not over.
  public var causal: Bool
  public var time: Time
  /// Absent unless the cluster states how fast computation is beside communication.
  public var overlap: Overlapping?
  public var commPerStep: StepTime?
  public var commBound: CommunicationBound
  /// Rounds of packets, dispatch and combine together, summed over steps and layers; absent for a communication model
  /// that knows none.
  public var rounds: Double?
  public var boundBy: BoundBy?
  public var roofline: Roofline?
  /// Absent unless the replay was told the context, or when the steps are not all decode or all prefill.
  public var serving: ServingEstimate?
  /// Absent unless the cluster's file states a price, and as `serving` is.
  public var cost: ServingCost?
  public var improvement: Improvement
  /// Absent for the baseline, and with fewer than two whole intervals after the first plan serves.
  public var steady: Steady?
  /// Absent for the baseline, and where nothing can be said.
  public var breakEven: BreakEven?
  /// Absent unless asked for, and for policies that predict nothing or look ahead.
  public var regret: Regret?
  public var balancedness: Balancedness
  public var imbalance: Imbalance
  public var optimality: Optimality?
  public var prediction: Prediction?
  /// Absent without an exact planner.
  public var balancing: Balancing?
  /// Absent without a cache.
  public var cache: Cache?
  /// Absent from reports unless asked for.
  public var perLayer: [Layer]?
  public var traffic: Traffic
  public var rebalances: Rebalances
  public var memory: Memory
  /// Of the placement in force after the last step, with an exact planner of experts' homes; absent from results of
  /// earlier versions.
  public var resilience: Resilience?
  /// Ranks that came or went, in that order; absent where none did.
  public var changes: [Change]?
  /// Absent unless asked for.
  public var details: Details?
}

extension PolicyResult {
  /// The sections that are counted step by step; those of a replay as a whole are absent.
  ///
  /// - Parameters:
  ///   - layerNumbers: of the layers counted, in the model.
  ///   - baseline: what improvements are over; nil for the baseline itself.
  ///   - fetches: what an exact planner's are priced with.
  init(
    counting totals: PolicyTotals, under policy: BalancingPolicy, on setting: ReplaySetting, layerNumbers: [Int],
    baseline: PolicyTotals?, memory: Memory, fetches: FetchPrice?
  ) {
    name = policy.name
    causal = policy.isCausal
    time = Time(totals, setting: setting)
    overlap = Overlapping(totals.time, on: setting.machine)
    commBound = totals.traffic.bound(of: totals.time.comm)
    rounds = totals.traffic.rounds
    boundBy = totals.bottlenecks.result
    roofline = setting.compute.flatMap { totals.bottlenecks.roofline(of: $0, layerNumbers: layerNumbers) }
    serving = totals.serving(setting)
    cost = serving.flatMap(setting.cluster.cost(of:))
    if let cost, let before = baseline?.serving(setting).flatMap(setting.cluster.cost(of:)) {
      self.cost?.savedPerMillionTokens = before.perMillionTokens - cost.perMillionTokens
    }
    improvement = Improvement(of: totals.time, over: baseline?.time)
    balancedness = totals.balance.balancedness
    imbalance = totals.balance.imbalance
    optimality = totals.balance.optimality
    traffic = totals.traffic.traffic(
      nodesPerTokenLimit: setting.model.nodesPerTokenLimit(nodes: setting.cluster.nodes))
    rebalances = totals.moves.result(on: setting)
    balancing = totals.balancing.result(fetches)
    self.memory = memory
  }

  /// - Parameters:
  ///   - machine: index of the machine that the result is for.
  ///   - baseline: nil for the baseline itself.
  ///   - foreseen: the totals that regret is measured against.
  ///   - keptTokens: tokens whose keys and values a rank keeps; nil when that is not known.
  ///   - prices: how far prices may be off; nil where they cannot be.
  init(
    _ replay: PolicyReplay, machine: Int, baseline: PolicyTotals?, foreseen: PolicyTotals?, passed: PassedSteps,
    keptTokens: Double?, prices: PriceDraws?
  ) {
    let totals = replay.totals[machine]
    let setting = replay.machines[machine].setting
    let layerNumbers = setting.header.layerNumbers
    self.init(
      counting: totals, under: replay.policy, on: setting, layerNumbers: layerNumbers, baseline: baseline,
      memory: Memory(replay, keptTokens: keptTokens, removedExperts: passed.origin.removedExperts),
      fetches: replay.machines[machine].fetches)
    commPerStep = StepTime(of: totals.time.commPerStep)
    let basis = IntervalBasis(of: replay, in: passed)
    improvement = Improvement(of: totals.time, over: baseline?.time, from: replay.firstServing, basis: basis)
    if let prices, let baseline { improvement.add(prices, of: totals.time, over: baseline.time) }
    let state = replay.steadyState
    resilience = Resilience(of: replay.rollout.placement)
    changes = replay.changeRecords[machine].isEmpty ? nil : Change.all(replay.changeRecords[machine], totals.time)
    steady = baseline.flatMap { Steady(state, of: totals.time, over: $0.time, basis: basis) }
    breakEven = baseline.flatMap { BreakEven(of: totals.time, over: $0.time, steady: state) }
    regret = foreseen.flatMap { Regret(of: totals.time, against: $0.time) }
    perLayer = totals.layers.enumerated().map { index, layer in
      layer.result(
        number: layerNumbers[index], knowsExperts: setting.compute != nil, rankTokens: replay.rankTokens(layer: index))
    }
    prediction = replay.forecast.error.result
    prediction?.accuracy = replay.forecast.predictor.accuracy
    rebalances.skipped = replay.rebalancing.skipped
    cache = replay.cache?.result
  }
}
