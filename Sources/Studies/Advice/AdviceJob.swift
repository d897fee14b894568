import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// MoE-GPS's question, answered by replay instead of by formula: none, distribution-only or token-to-expert prediction?
///
/// Every strategy is a policy on the same trace: distribution-only plans from a moving average; token-to-expert plans
/// every step from a prediction of the stated accuracy, so that a visit that was foreseen is on its rank before the
/// router has decided and its bytes fall away from dispatch, which still waits its latency for the others. Weights are taken to be in place: both strategies move them behind
/// other work, and what that costs is `replay`'s to say.
public struct AdviceJob {
  public static let accuracies = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]

  public let header: TraceHeader
  public let cluster: Cluster
  public let model: ModelShape
  /// Bandwidths to try, times the cluster's.
  public let linkSpeeds: [Double]
  /// Consecutive steps of the trace to merge into one; see `MergedSteps`.
  public let batchSizes: [Int]
  /// Microseconds per layer for each e-fold reduction of a token-to-expert predictor's error.
  public let microsecondsPerFold: Double
  /// Redundant slots on every rank, and steps between the plans of distribution-only.
  public let redundantSlotsPerRank: Int
  public let interval: Int
  public let sources: TokenSources
  public let threads: Int
  /// Opens the steps from the first, as often as asked: twice for each batch size.
  public let open: () throws -> any StepSource

  public init(
    header: TraceHeader, cluster: Cluster, model: ModelShape, linkSpeeds: [Double], batchSizes: [Int] = [1],
    microsecondsPerFold: Double, redundantSlotsPerRank: Int, interval: Int, sources: TokenSources = TokenSources(),
    threads: Int, open: @escaping () throws -> any StepSource
  ) {
    self.header = header
    self.cluster = cluster
    self.model = model
    self.linkSpeeds = linkSpeeds
    self.batchSizes = batchSizes
    self.microsecondsPerFold = microsecondsPerFold
    self.redundantSlotsPerRank = redundantSlotsPerRank
    self.interval = interval
    self.sources = sources
    self.threads = threads
    self.open = open
  }

  /// - Parameter source: the trace's steps from the first, for a look at the whole of it before the replays.
  /// - Throws: `InputError` (usage) if the cluster does not describe its GPUs or its links, or a policy does not fit.
  public func run(surveying source: any StepSource) throws -> Advice {
    guard let gpu = cluster.gpu, cluster.scaleUp != nil else {
      throw InputError("advice needs a cluster with gpu and scaleUp", in: cluster.name, status: .usage)
    }
    let survey = try TraceSurvey(of: source)
    let measurement = AccuracyMeasurement(for: survey, topK: model.topK)
    let results = try batchSizes.enumerated().map { index, batchSize in
      try replay(batchSize: batchSize, measuring: index == 0 ? measurement : nil)
    }
    let learned = measurement?.result
    let overhead = PredictorOverhead(
      freeAccuracy: learned?.best ?? survey.frequencyAccuracy(topK: model.topK),
      microsecondsPerFold: microsecondsPerFold)
    let sweeps = zip(batchSizes, results).flatMap { batchSize, results in
      zip(linkSpeeds, results).map { speed, result in
        let attention = attentionTime(result, gpu: gpu, isDecode: survey.isDecode)
        let strategies = strategies(result, attention: attention, overhead: overhead)
        var sweep = Self.judged(strategies, result, batchSize: batchSize, linkSpeed: speed)
        sweep.formula = sweep.distributionError.map {
          formula(result, attention: attention, skewness: survey.skewness, error: $0, speed: speed, overhead: overhead)
        }
        return sweep
      }
    }
    return Advice(
      trace: header.name, cluster: cluster.name, model: model.name, skewness: survey.skewness,
      distributionError: sweeps.first?.distributionError, learned: learned, overhead: overhead, sweeps: sweeps,
      notes: source.notes + (results.first?.first?.sourceNotes ?? []))
  }

  /// `[linkSpeeds]` of none, distribution-only and token-to-expert by ascending accuracy, from one reading and one that
  /// looks ahead.
  private func replay(batchSize: Int, measuring measurement: AccuracyMeasurement?) throws -> [ReplayResult] {
    let settings = try linkSpeeds.map { speed in
      try ReplaySetting(
        header: header, cluster: cluster.withLinks(timesFaster: speed), model: model, sources: sources)
    }
    let policies = try policies()
    let unforeseen = ReplayJob(on: settings, policies: [policies[0]], threads: threads)
    let foreseen = try zip(Self.accuracies, policies.dropFirst()).map { accuracy, policy in
      let settings = try zip(settings, linkSpeeds).map { setting, speed in
        setting.priced(
          by: ForeseenDispatch(model: setting.allToAll, accuracy: accuracy, latency: try dispatchLatency(at: speed)))
      }
      return ReplayJob(on: settings, baseline: policy, policies: [], threads: threads)
    }
    let pass = ReplayPass([unforeseen] + foreseen, threads: threads) { MergedSteps(batchSize, of: try open()) }
    let steps = try WatchedSteps(open()) { measurement?.observe($0) }
    let results = try pass.run(on: MergedSteps(batchSize, of: steps)).results
    return linkSpeeds.indices.map { speed in
      var result = results[0][speed]
      result.policies += results.dropFirst().map { $0[speed].policies[0] }
      return result
    }
  }

  /// Distribution-only, then token-to-expert by ascending accuracy.
  private func policies() throws -> [BalancingPolicy] {
    func policy(
      _ name: String, _ predictor: PredictorRecipe, _ schedule: RebalanceSchedule.Kind
    ) throws(InputError) -> BalancingPolicy {
      try BalancingPolicy(
        name: name, planner: DuplicateHottestPlanner(slotBudget: .redundantPerRank(redundantSlotsPerRank)),
        predictor: predictor, schedule: RebalanceSchedule(schedule), dispatch: WeightedDispatch.init)
    }
    let distribution = try policy(
      "distribution-only", MovingAveragePredictor.recipe(window: interval),
      .every(steps: interval, from: min(4, interval)))
    return try [distribution]
      + Self.accuracies.map {
        try policy("\($0)", TokenToExpertPredictor.recipe(accuracy: $0), .every(steps: 1, from: 0))
      }
  }

  private func strategies(
    _ result: ReplayResult, attention: Double, overhead: PredictorOverhead
  ) -> [Advice.Strategy] {
    let layers = Double(result.trace.steps * result.trace.layers)
    var none = 0.0
    return result.policies.enumerated().map { index, policy in
      let accuracy = index < 2 ? nil : Self.accuracies[index - 2]
      let prediction = accuracy.map { overhead.microseconds(accuracy: $0) * layers } ?? 0
      let total = policy.time.total - (policy.time.migration ?? 0) + attention * layers + prediction
      if index == 0 { none = total }
      return Advice.Strategy(
        name: index == 0 ? "none" : index == 1 ? "distribution-only" : "token-to-expert", accuracy: accuracy,
        attention: attention * layers, comm: policy.time.comm, experts: policy.time.experts,
        prediction: prediction, total: total, improvement: none > 0 ? 1 - total / none : 0)
    }
  }

  /// Microseconds of a dispatch that sends one copy from the first rank to the last.
  private func dispatchLatency(at speed: Double) throws -> Double {
    var traffic = Traffic(ranks: cluster.ranks, ranksPerNode: cluster.ranksPerNode)
    traffic.rankCopies[cluster.ranks - 1] = 1
    traffic.visits[cluster.ranks - 1] = 1
    traffic.nodeCopies[cluster.nodes - 1] = 1
    return try cluster.withLinks(timesFaster: speed).makeAllToAll().price(traffic, payload: model.payload).dispatch
  }

  private static func judged(
    _ strategies: [Advice.Strategy], _ result: ReplayResult, batchSize: Int, linkSpeed: Double
  ) -> Advice.Sweep {
    let byTime = strategies.sorted { $0.total < $1.total }
    let best = byTime[0]
    let next = byTime.first { $0.name != best.name }
    return Advice.Sweep(
      batchSize: batchSize, tokensPerStep: Double(result.trace.tokens) / Double(max(1, result.trace.steps)),
      distributionError: result.policies[1].prediction?.errorMean, linkSpeed: linkSpeed, strategies: strategies,
      best: best.name,
      margin: next.map { $0.total > 0 ? 1 - best.total / $0.total : 0 } ?? 0, formula: nil)
  }

  /// Microseconds of attention per layer and step. A trace does not hold the length of its contexts, so that they are a
  /// lower bound, and gains end to end an upper one.
  private func attentionTime(_ result: ReplayResult, gpu: GPU, isDecode: Bool) -> Double {
    let tokens = Double(result.trace.tokens) / Double(max(1, result.trace.steps)) / Double(cluster.ranks)
    return AttentionModel(gpu: gpu, model: model, context: nil, sharedBy: sources.attentionRanks)
      .time(tokens: tokens, isDecode: isDecode)
  }

  private func formula(
    _ result: ReplayResult, attention: Double, skewness: Double, error: Double, speed: Double,
    overhead: PredictorOverhead
  ) -> Advice.Formula {
    let layers = Double(max(1, result.trace.steps * result.trace.layers))
    let tokens = Double(result.trace.tokens) / Double(max(1, result.trace.steps))
    let even = (result.policies[0].time.experts ?? 0) / layers * (result.policies[0].balancedness.rank ?? 1)
    let bandwidth = (cluster.nodes > 1 ? cluster.scaleOut : cluster.scaleUp)?.dispatchBandwidth ?? .infinity
    let bytes = tokens * Double(model.topK) * model.payload.dispatchBytes
    let inputs = GPSFormula(
      skewness: skewness, distributionError: error, ranks: cluster.ranks, attention: attention, experts: even,
      wholeTransfer: bytes / (bandwidth * speed))
    let best = inputs.bestTokenToExpert(grid: Self.accuracies, overhead: overhead)
    return Advice.Formula(
      inputs: inputs, none: inputs.unbalanced, distributionOnly: inputs.distributionOnly, tokenToExpert: best.time,
      accuracy: best.accuracy)
  }
}

extension Cluster {
  /// The same cluster with both kinds of links `factor` times as fast.
  func withLinks(timesFaster factor: Double) -> Cluster {
    var copy = self
    copy.scaleUp?.dispatchBandwidth *= factor
    copy.scaleUp?.combineBandwidth *= factor
    copy.scaleOut?.dispatchBandwidth *= factor
    copy.scaleOut?.combineBandwidth *= factor
    return copy
  }
}
