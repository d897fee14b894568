import Replay

/// A figure's name and its value as text; nil where it does not apply.
typealias NamedFigure = (name: String, value: String?)

/// Every figure of one policy, in the same order for all.
func figureColumn(of policy: PolicyResult, in result: ReplayResult) -> [NamedFigure] {
  timeFigures(policy, isBaseline: policy.name == result.baseline) + balanceFigures(policy) + trafficFigures(policy)
    + servingFigures(policy)
}

private func timeFigures(_ policy: PolicyResult, isBaseline: Bool) -> [NamedFigure] {
  func perStep(_ time: (PolicyResult.StepTime) -> Double) -> String? {
    policy.commPerStep.map { Readable.time(time($0)) }
  }
  return [
    ("communication", Readable.time(policy.time.comm)),
    ("improvement of communication", isBaseline ? nil : Readable.signedPercent(policy.improvement.comm)),
    ("per step: mean", perStep(\.mean)), ("p50", perStep(\.p50)), ("p95", perStep(\.p95)), ("p99", perStep(\.p99)),
    ("max", perStep(\.max)),
    ("communication / its bound", policy.commBound.ratio.map(Readable.significant)),
    ("total", Readable.time(policy.time.total)),
    ("improvement of total", isBaseline ? nil : Readable.signedPercent(policy.improvement.total)),
    ("regret: communication", policy.regret.map { Readable.signedPercent($0.comm) }),
    ("regret: total", policy.regret.map { Readable.signedPercent($0.total) }),
  ]
}

private func balanceFigures(_ policy: PolicyResult) -> [NamedFigure] {
  [
    ("mean / max load: ranks", policy.balancedness.rank.map(Readable.ratio)),
    ("nodes", policy.balancedness.node.map(Readable.ratio)),
    ("slots", policy.balancedness.slot.map(Readable.ratio)),
    ("most loaded rank above the bound", policy.optimality.map { Readable.signedPercent($0.gap) }),
    ("above the bound for equal shares", policy.optimality.map { Readable.signedPercent($0.equalShareGap) }),
    ("distribution error of predictions", policy.prediction.map { Readable.percent($0.errorMean) }),
    ("visits foreseen", policy.prediction?.accuracy.map(Readable.percent)),
  ]
}

private func trafficFigures(_ policy: PolicyResult) -> [NamedFigure] {
  [
    ("scale-up traffic of dispatch", Readable.bytes(policy.traffic.scaleUpBytes)),
    ("scale-out", Readable.bytes(policy.traffic.scaleOutBytes)),
    ("ranks per token and layer", policy.traffic.copiesPerToken.map(Readable.significant)),
    ("nodes", policy.traffic.nodesPerToken.map(Readable.significant)),
    ("rebalances", Readable.count(policy.rebalances.count)),
    ("experts moved", Readable.count(policy.rebalances.movedExperts)),
    ("bytes moved", Readable.bytes(policy.rebalances.movedBytes)),
    ("replicas per rank", Readable.bytes(policy.memory.replicaBytesPerRank)),
    ("wasted slots", policy.memory.wastedSlots > 0 ? Readable.count(policy.memory.wastedSlots) : nil),
  ]
}

/// End to end, when the replay was told the context.
private func servingFigures(_ policy: PolicyResult) -> [NamedFigure] {
  let serving = policy.serving
  return [
    ("step with attention", serving.map { Readable.time($0.stepTime) }),
    ("tokens per second", serving.map { Readable.count(Int($0.tokensPerSecond)) }),
    ("time per output token", serving?.timePerOutputToken.map(Readable.time)),
    ("two-batch step", serving.map { Readable.time($0.twoBatch.stepTime) }),
    ("memory-bandwidth utilisation", serving.map { Readable.ratio($0.memoryUtilisation) }),
    ("arithmetic utilisation", serving.map { Readable.ratio($0.flopUtilisation) }),
  ]
}
