import Diagnostics
import LoadBalancing
import PerformanceModel
import Replay
import RoutingTrace

/// MoE-GPS's question, answered by replay instead of by formula: none, distribution-only or token-to-expert prediction?
///
/// Every strategy is a policy on the same trace, with and without redundant slots; see `StrategyCandidate`. A visit that a
/// token-to-expert prediction foresaw is on its rank before the router has decided, and its bytes fall away from
/// dispatch, which still waits its latency for the others. Moves count as `replay` counts them.
public struct AdviceJob {
  public static let accuracies = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99]

  public let header: TraceHeader
  public let machine: Machine
  public let model: ModelShape
  /// Bandwidths to try, times the cluster's.
  public let linkSpeeds: [Double]
  /// Consecutive steps of the trace to merge into one; see `MergedSteps`.
  public let batchSizes: [Int]
  /// Microseconds per layer for each e-fold reduction of a token-to-expert predictor's error.
  public let microsecondsPerFold: Double
  /// Redundant slots on every rank that strategies are tried with, beside none.
  public let redundantSlotsPerRank: Int
  /// Steps between the plans of distribution-only.
  public let interval: Int
  public let sources: TokenSources
  /// What the closed model goes by in place of what the recording has.
  public let published: PublishedInputs
  public let threads: Int
  /// Opens the steps from the first, as often as asked: twice for each batch size.
  public let open: () throws -> any StepSource

  public init(
    header: TraceHeader, machine: Machine, model: ModelShape, linkSpeeds: [Double], batchSizes: [Int] = [1],
    microsecondsPerFold: Double, redundantSlotsPerRank: Int, interval: Int, sources: TokenSources = TokenSources(),
    published: PublishedInputs = PublishedInputs(), threads: Int, open: @escaping () throws -> any StepSource
  ) {
    self.header = header
    self.machine = machine
    self.model = model
    self.linkSpeeds = linkSpeeds
    self.batchSizes = batchSizes
    self.microsecondsPerFold = microsecondsPerFold
    self.redundantSlotsPerRank = redundantSlotsPerRank
    self.interval = interval
    self.sources = sources
    self.published = published
    self.threads = threads
    self.open = open
  }

  /// The kernels of the trace's phase, prefill's when it has several.
  private var cluster: Cluster { machine.cluster(isDecode: header.phase == .decode) }

  /// - Parameter source: the trace's steps from the first, for a look at the whole of it before the replays.
  /// - Throws: `InputError` (usage) if the cluster does not describe its GPUs or its links, or a policy does not fit.
  public func run(surveying source: any StepSource) throws -> Advice {
    guard let gpu = cluster.gpu, cluster.scaleUp != nil else {
      throw InputError("advice needs a cluster with gpu and scaleUp", in: cluster.name, status: .usage)
    }
    let copyBytes = try cluster.payload(of: model).dispatchBytes
    let survey = try TraceSurvey(of: source)
    let measurement = AccuracyMeasurement(for: survey, topK: model.topK)
    let (candidates, left) = try candidates()
    let counter = WorkProgress.begin(
      "replaying \(candidates.count) strategies", batchSizes.count > 1 ? .replays : nil, total: batchSizes.count)
    defer { counter?.end() }
    let results = try batchSizes.enumerated().map { index, batchSize in
      defer { counter?.advance() }
      return try replay(candidates, batchSize: batchSize, measuring: index == 0 ? measurement : nil)
    }
    let learned = measurement?.result
    let overhead = PredictorOverhead(
      freeAccuracy: learned?.best ?? survey.frequencyAccuracy(topK: model.topK),
      microsecondsPerFold: microsecondsPerFold)
    let sweeps = zip(batchSizes, results).flatMap { batchSize, results in
      zip(linkSpeeds, results).map { speed, result in
        let attention = attentionTime(result, gpu: gpu, isDecode: survey.isDecode)
        let strategies = strategies(candidates, result, attention: attention, overhead: overhead)
        var sweep = Advice.Sweep(judging: strategies, of: result, batchSize: batchSize, linkSpeed: speed)
        sweep.formula = formula(
          result, copyBytes: copyBytes, attention: attention, skewness: survey.skewness, error: sweep.distributionError,
          speed: speed,
          overhead: overhead)
        return sweep
      }
    }
    return Advice(
      trace: header.name, cluster: cluster.name, model: model.name, skewness: survey.skewness,
      distributionError: sweeps.first?.distributionError, learned: learned, overhead: overhead, sweeps: sweeps,
      notes: left + notes(results))
  }

  /// What is tried, without what does not fit the GPUs, of which there is a note.
  private func candidates() throws -> (fitting: [StrategyCandidate], notes: [String]) {
    let slots = redundantSlotsPerRank > 0 ? [0, redundantSlotsPerRank] : [0]
    let placements = try slots.map {
      try StrategyCandidate.distributionOnly(redundantSlotsPerRank: $0, interval: interval)
    }
    let foreseeing = try Self.accuracies.flatMap { accuracy -> [StrategyCandidate] in
      let seldom = placements.map { StrategyCandidate.tokenToExpert(accuracy: accuracy, on: $0) }
      let everyStep = try slots.filter { $0 > 0 }.map {
        try StrategyCandidate.tokenToExpert(accuracy: accuracy, redundantSlotsPerRank: $0)
      }
      return seldom + everyStep
    }
    let all = placements + foreseeing
    let setting = try ReplaySetting(header: header, machine: machine, model: model)
    let shortages = try all.map { try setting.shortage(of: $0.policy) }
    let note = shortages.compactMap(\.self).first.map { "Redundant slots are left out: \($0)." }
    return ([.none] + zip(all, shortages).filter { $0.1 == nil }.map(\.0), note.map { [$0] } ?? [])
  }

  /// Notes of `[batchSizes][linkSpeeds]` results, each once, with the batch if not of all.
  private func notes(_ results: [[ReplayResult]]) -> [String] {
    let ofBatches: [[String]] = results.map { $0.flatMap(\.notes) }
    var notes = [String]()
    for (batchSize, ofBatch) in zip(batchSizes, ofBatches) {
      for note in ofBatch {
        let isOfAll = ofBatches.allSatisfy { $0.contains(note) }
        let text = isOfAll ? note : "Batch × \(batchSize): \(note)"
        if !notes.contains(text) { notes.append(text) }
      }
    }
    return notes
  }

  /// `[linkSpeeds]` results with a policy for each candidate, from one reading and one that looks ahead.
  private func replay(
    _ candidates: [StrategyCandidate], batchSize: Int, measuring measurement: AccuracyMeasurement?
  ) throws -> [ReplayResult] {
    let settings = try linkSpeeds.map { speed in
      try ReplaySetting(
        header: header, machine: machine.map { $0.withLinks(timesFaster: speed) }, model: model, sources: sources)
    }
    let unforeseen = candidates.dropFirst().filter { $0.accuracy == nil }.map(\.policy)
    let foreseen = try candidates.compactMap { candidate -> ReplayJob? in
      guard let accuracy = candidate.accuracy else { return nil }
      let settings = try settings.map { setting in
        try setting.priced {
          ForeseenDispatch(model: $0.allToAll, accuracy: accuracy, latency: try $0.dispatchLatency())
        }
      }
      return ReplayJob(on: settings, baseline: candidate.policy, policies: [], threads: threads)
    }
    let jobs = [ReplayJob(on: settings, policies: unforeseen, threads: threads)] + foreseen
    let pass = ReplayPass(jobs, threads: threads) { MergedSteps(batchSize, of: try open()) }
    let steps = try WatchedSteps(open()) { measurement?.observe($0) }
    let results = try pass.run(on: MergedSteps(batchSize, of: steps)).results
    return linkSpeeds.indices.map { speed in
      var result = results[0][speed]
      result.policies += results.dropFirst().map { $0[speed].policies[0] }
      return result
    }
  }

  private func strategies(
    _ candidates: [StrategyCandidate], _ result: ReplayResult, attention: Double, overhead: PredictorOverhead
  ) -> [Advice.Strategy] {
    let layers = Double(result.trace.steps * result.trace.layers)
    let none = result.policies[0].time.total + attention * layers
    return zip(candidates, result.policies).map { candidate, policy in
      let prediction = candidate.accuracy.map { overhead.microseconds(accuracy: $0) * layers } ?? 0
      let total = policy.time.total + attention * layers + prediction
      return Advice.Strategy(
        name: candidate.name, accuracy: candidate.accuracy, redundantSlotsPerRank: candidate.redundantSlotsPerRank,
        interval: candidate.interval, attention: attention * layers, comm: policy.time.comm,
        experts: policy.time.experts,
        migration: policy.time.migration ?? 0, prediction: prediction, total: total,
        improvement: none > 0 ? 1 - total / none : 0, rebalances: policy.rebalances.count,
        movedExperts: policy.rebalances.movedExperts)
    }
  }

  /// Microseconds of attention per layer and step. A trace does not hold the length of its contexts, so that they are a
  /// lower bound, and gains end to end an upper one.
  private func attentionTime(_ result: ReplayResult, gpu: GPU, isDecode: Bool) -> Double {
    let tokens = Double(result.trace.tokens) / Double(max(1, result.trace.steps)) / Double(cluster.ranks)
    return AttentionModel(gpu: gpu, model: model, context: nil, sharedBy: sources.attentionRanks)
      .time(tokens: tokens, isDecode: isDecode)
  }

  /// Nil when neither the recording nor `published` gives a distribution error.
  ///
  /// - Parameter copyBytes: of a dispatched copy.
  private func formula(
    _ result: ReplayResult, copyBytes: Double, attention: Double, skewness: Double, error: Double?, speed: Double,
    overhead: PredictorOverhead
  ) -> Advice.Formula? {
    guard let error = published.distributionError ?? error else { return nil }
    let layers = Double(max(1, result.trace.steps * result.trace.layers))
    let tokens = Double(result.trace.tokens) / Double(max(1, result.trace.steps))
    let even = (result.policies[0].time.experts ?? 0) / layers * (result.policies[0].balancedness.rank ?? 1)
    let bandwidth = (cluster.nodes > 1 ? cluster.scaleOut : cluster.scaleUp)?.dispatchBandwidth ?? .infinity
    let bytes = tokens * Double(model.topK) * copyBytes
    let inputs = GPSFormula(
      skewness: published.skewness ?? skewness, distributionError: error, ranks: cluster.ranks, attention: attention,
      experts: even, wholeTransfer: bytes / (bandwidth * speed))
    return Advice.Formula(of: inputs, accuracies: Self.accuracies, overhead: overhead)
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
