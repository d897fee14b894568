import Foundation
import PerformanceModel

extension PolicyResult {
  /// - Parameters:
  ///   - baseline: nil for the baseline itself.
  ///   - foreseen: the totals that regret is measured against.
  init(_ replay: PolicyReplay, baseline: PolicyTotals?, foreseen: PolicyTotals?, bootstrap: BlockBootstrap) {
    let totals = replay.totals
    let setting = replay.setting
    let comm = totals.dispatch + totals.combine
    let total = totals.totalPerStep.reduce(0, +)
    name = replay.policy.name
    causal = replay.policy.isCausal
    time = Time(
      dispatch: totals.dispatch, experts: setting.compute == nil ? nil : totals.experts,
      combine: setting.payload.combineBytes == nil ? nil : totals.combine, comm: comm, moeUpper: totals.upper,
      moeLower: totals.lower, migration: totals.rebalances > 0 ? totals.migration : nil,
      prediction: totals.prediction > 0 ? totals.prediction : nil, total: total)
    commPerStep = StepTime(of: totals.commPerStep)
    commBound = CommunicationBound(
      time: totals.communicationBound, ratio: totals.communicationBound > 0 ? comm / totals.communicationBound : nil)
    boundBy = totals.bottlenecks.result
    roofline = setting.compute.flatMap {
      totals.bottlenecks.roofline(ridgePoint: $0.ridgePoint, layerNumbers: setting.header.layerNumbers)
    }
    serving = totals.bottlenecks.isDecode.flatMap { isDecode in
      setting.serving?.estimate(
        steps: totals.commPerStep.count, tokens: totals.layerTokens / Double(setting.header.layers), moeTime: total,
        twoBatchTime: totals.twoBatch + totals.migration + totals.prediction,
        touchedExperts: totals.bottlenecks.touchedExperts, replayedLayers: setting.header.layers, isDecode: isDecode)
    }
    let commRange = baseline.flatMap {
      bootstrap.interval(after: totals.commPerStep, before: $0.commPerStep)
    }
    let totalRange = baseline.flatMap {
      bootstrap.interval(after: totals.totalPerStep, before: $0.totalPerStep)
    }
    improvement = Improvement(
      comm: Self.improvement(of: comm, over: baseline.map { $0.dispatch + $0.combine }),
      commLow: commRange?.lowerBound, commHigh: commRange?.upperBound,
      total: Self.improvement(of: total, over: baseline.map { $0.totalPerStep.reduce(0, +) }),
      totalLow: totalRange?.lowerBound, totalHigh: totalRange?.upperBound)
    regret = foreseen.flatMap { Regret(comm: comm, total: total, against: $0) }
    balancedness = totals.balance.balancedness
    imbalance = totals.balance.imbalance
    optimality = totals.balance.optimality
    perLayer = totals.layers.enumerated().map { index, layer in
      layer.result(
        number: setting.header.layerNumbers[index], knowsExperts: setting.compute != nil,
        rankTokens: replay.rankLoads[index])
    }
    prediction = replay.forecast.error.result
    prediction?.accuracy = replay.forecast.predictor.accuracy
    traffic = Traffic(
      scaleUpBytes: totals.scaleUpBytes, scaleOutBytes: totals.scaleOutBytes,
      copiesPerToken: totals.layerTokens > 0 ? totals.rankCopies / totals.layerTokens : nil,
      nodesPerToken: totals.layerTokens > 0 ? totals.nodeCopies / totals.layerTokens : nil,
      mostNodesPerToken: totals.mostNodes > 0 ? totals.mostNodes : nil,
      nodesPerTokenLimit: setting.model.nodesPerTokenLimit(nodes: setting.cluster.nodes))
    rebalances = Rebalances(
      count: totals.rebalances, movedExperts: totals.movedExperts, movedBytes: totals.movedBytes,
      skipped: replay.skippedRebalances)
    let ranks = replay.shape.ranks
    let redundantSlots = replay.rollout.slots.reduce(0) { $0 + $1 - replay.shape.experts }
    memory = Memory(
      slotsPerRank: (replay.rollout.slots.max() ?? 0) / ranks,
      slotsPerRankByLayer: Set(replay.rollout.slots).count > 1 ? replay.rollout.slots.map { $0 / ranks } : nil,
      replicaBytesPerRank: Double(redundantSlots) * setting.model.expertBytes / Double(ranks),
      arrivalBytesPerRank: replay.policy.schedule.migration == .overlapped && totals.rebalances > 0
        ? replay.rollout.largestArrival * setting.model.expertBytes : nil,
      wastedSlots: replay.rollout.wastedSlots)
  }

  private static func improvement(of value: Double, over baseline: Double?) -> Double {
    guard let baseline, baseline > 0 else { return 0 }
    return 1 - value / baseline
  }
}

extension PolicyResult.Regret {
  /// Nil when the other took no time.
  init?(comm: Double, total: Double, against other: PolicyTotals) {
    let otherComm = other.dispatch + other.combine
    let otherTotal = other.totalPerStep.reduce(0, +)
    guard otherComm > 0, otherTotal > 0 else { return nil }
    self.init(comm: comm / otherComm - 1, total: total / otherTotal - 1)
  }
}

extension PolicyResult.StepTime {
  /// Nearest-rank percentiles of `[steps]` times; nil without a step.
  init?(of times: [Double]) {
    guard !times.isEmpty else { return nil }
    let sorted = times.sorted()
    func percentile(_ fraction: Double) -> Double {
      sorted[Swift.max(0, Int((fraction * Double(sorted.count)).rounded(.up)) - 1)]
    }
    self.init(
      mean: times.reduce(0, +) / Double(times.count), p50: percentile(0.5), p95: percentile(0.95),
      p99: percentile(0.99), max: sorted[sorted.count - 1])
  }
}
