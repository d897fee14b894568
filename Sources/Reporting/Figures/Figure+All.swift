import Replay

extension Figure {
  /// Every figure of a policy, in the order in which reports show them.
  public static let all: [Figure] =
    answer + steady + parts + balance + optimality + cache + traffic + moves + balancing + memory + resilience + regret
    + prediction
    + serving + cost + bottlenecks

  private static let answer = [
    Figure(
      "time.total", "total", .microseconds, better: .less,
      "communication and experts as the cluster overlaps them, with the moves and predictions that steps waited for",
      column: Column("Total")
    ) { $0.time.total },
    Figure(
      "improvement.total", "improvement of total", .speed, better: .more, "of total over the baseline's",
      column: Column(
        "Faster", legend: "how much less total time than the baseline's, with a 95 % interval over steps",
        cell: ReplayCells.improvement), isComparison: true
    ) { $0.improvement.total },
    Figure(
      "improvement.totalLow", "improvement of total, low", .speed, better: .more, "lower end of its 95 % interval",
      isComparison: true
    ) { $0.improvement.totalLow },
    Figure(
      "improvement.totalHigh", "improvement of total, high", .speed, better: .more, "upper end of its 95 % interval",
      isComparison: true
    ) { $0.improvement.totalHigh },
    Figure(
      "improvement.totalPriceLow", "improvement of total, low by prices", .speed, better: .more,
      "lower end of the 95 % range that the errors of prices leave it",
      column: Column("By prices", importance: 5, legend: pricesLegend, cell: ReplayCells.priceRange), isComparison: true
    ) { $0.improvement.totalPriceLow },
    Figure(
      "improvement.totalPriceHigh", "improvement of total, high by prices", .speed, better: .more,
      "upper end of the 95 % range that the errors of prices leave it", isComparison: true
    ) { $0.improvement.totalPriceHigh },
    Figure(
      "improvement.signFlips", "improvement of total, sign flips", .share, better: .less,
      "draws of prices in which it has the other sign", isComparison: true
    ) { $0.improvement.signFlips },
    Figure(
      "time.comm", "communication", .microseconds, better: .less, "dispatch + combine, summed over steps and layers",
      column: Column("Comm", importance: 1)
    ) { $0.time.comm },
    Figure(
      "improvement.comm", "improvement of communication", .speed, better: .more, "of communication over the baseline's",
      column: Column("Comm faster", importance: 5, cell: ReplayCells.commImprovement), isComparison: true
    ) { $0.improvement.comm },
    Figure(
      "improvement.commLow", "improvement of communication, low", .speed, better: .more,
      "lower end of its 95 % interval", isComparison: true
    ) { $0.improvement.commLow },
    Figure(
      "improvement.commHigh", "improvement of communication, high", .speed, better: .more,
      "upper end of its 95 % interval", isComparison: true
    ) { $0.improvement.commHigh },
    Figure(
      "improvement.commPriceLow", "improvement of communication, low by prices", .speed, better: .more,
      "lower end of the 95 % range that the errors of prices leave it", isComparison: true
    ) { $0.improvement.commPriceLow },
    Figure(
      "improvement.commPriceHigh", "improvement of communication, high by prices", .speed, better: .more,
      "upper end of the 95 % range that the errors of prices leave it", isComparison: true
    ) { $0.improvement.commPriceHigh },
    Figure(
      "commPerStep.mean", "communication of a step, mean", .microseconds, better: .less, "mean over steps"
    ) { $0.commPerStep?.mean },
    Figure(
      "commPerStep.p50", "communication of a step, p50", .microseconds, better: .less, "the median step"
    ) { $0.commPerStep?.p50 },
    Figure(
      "commPerStep.p95", "communication of a step, p95", .microseconds, better: .less, "95 % of steps take at most this"
    ) { $0.commPerStep?.p95 },
    Figure(
      "commPerStep.p99", "communication of a step, p99", .microseconds, better: .less, "99 % of steps take at most this"
    ) { $0.commPerStep?.p99 },
    Figure(
      "commPerStep.max", "communication of a step, max", .microseconds, better: .less, "the slowest step"
    ) { $0.commPerStep?.max },
  ]

  private static let pricesLegend =
    "where 95 % of draws of prices within their errors leave the improvement, and how often its sign flips"

  /// What is gained once plans serve, apart from what happens once.
  private static let steady = [
    Figure(
      "steady.total", "steady improvement of total", .speed, better: .more,
      "of total, in the whole intervals of the schedule after the first plan serves in all layers",
      column: Column("Steady", importance: 1, legend: steadyLegend, cell: ReplayCells.steady), isComparison: true
    ) { $0.steady?.total },
    Figure(
      "steady.totalLow", "steady improvement of total, low", .speed, better: .more, "lower end of its 95 % interval",
      isComparison: true
    ) { $0.steady?.totalLow },
    Figure(
      "steady.totalHigh", "steady improvement of total, high", .speed, better: .more, "upper end of its 95 % interval",
      isComparison: true
    ) { $0.steady?.totalHigh },
    Figure(
      "steady.comm", "steady improvement of communication", .speed, better: .more, "of communication, there",
      isComparison: true
    ) { $0.steady?.comm },
    Figure(
      "steady.commLow", "steady improvement of communication, low", .speed, better: .more,
      "lower end of its 95 % interval", isComparison: true
    ) { $0.steady?.commLow },
    Figure(
      "steady.commHigh", "steady improvement of communication, high", .speed, better: .more,
      "upper end of its 95 % interval", isComparison: true
    ) { $0.steady?.commHigh },
    Figure("steady.from", "steady from step", .count, "steps over when the steady state begins") {
      $0.steady.map { Double($0.from) }
    },
    Figure("steady.steps", "steps of the steady state", .count, "whole intervals of the schedule, in steps") {
      $0.steady.map { Double($0.steps) }
    },
    Figure("steady.intervals", "intervals of the steady state", .count, "from one due plan to the next") {
      $0.steady.map { Double($0.intervals) }
    },
    Figure(
      "breakEven.isReached", "pays for itself", .truth, better: .more,
      "whether all steps together come to take less than the baseline's, and stay so",
      column: Column(
        "Break-even steps", importance: 4,
        legend: "steps after which it has paid for itself, ~ if later than the replay's end",
        cell: ReplayCells.breakEven),
      isComparison: true
    ) { $0.breakEven.map { $0.isReached ? 1 : 0 } },
    Figure(
      "breakEven.steps", "break-even", .count, better: .less, "steps that are over by then", isComparison: true
    ) { $0.breakEven?.steps.map(Double.init) },
    Figure(
      "breakEven.extrapolated", "break-even beyond the replay", .truth,
      "whether the steady state has to go on after the replay's end for it", isComparison: true
    ) { $0.breakEven?.extrapolated.map { $0 ? 1 : 0 } },
    Figure(
      "breakEven.seconds", "time to break-even", .seconds, better: .less, "time of these steps, of the layers replayed",
      isComparison: true
    ) { $0.breakEven?.seconds },
  ]

  private static let steadyLegend =
    "improvement of total once plans serve, moves and predictions included, with a 95 % interval where there is one"

  private static let parts = [
    Figure(
      "rounds", "rounds", .count, better: .less,
      "rounds of packets of `round-robin` and `closed-form`, summed over steps and layers"
    ) { $0.rounds },
    Figure(
      "time.dispatch", "dispatch", .microseconds, better: .less, "tokens to their experts' ranks",
      column: Column("Dispatch", in: .bounds)
    ) { $0.time.dispatch },
    Figure(
      "time.experts", "experts", .microseconds, better: .less,
      "the slowest rank's expert kernels; absent when the cluster does not describe its GPUs",
      column: Column("Experts", importance: 3, legend: "the slowest rank's expert kernels")
    ) { $0.time.experts },
    Figure(
      "time.waiting", "waiting for the slowest rank", .microseconds, better: .less,
      "within experts, the time in which the mean rank is done; absent when the cluster does not describe its GPUs"
    ) { $0.time.waiting },
    Figure(
      "time.combine", "combine", .microseconds, better: .less, "and back; absent when the model's payload has none",
      column: Column("Combine", in: .bounds)
    ) { $0.time.combine },
    Figure(
      "time.moeUpper", "MoE layers, nothing overlapped", .microseconds, better: .less, "dispatch + experts + combine",
      column: Column("Nothing overlapped", in: .bounds)
    ) { $0.time.moeUpper },
    Figure(
      "time.moeLower", "MoE layers, all overlapped", .microseconds, better: .less,
      "the longer of communication and experts in each layer", column: Column("All overlapped", in: .bounds)
    ) { $0.time.moeLower },
    Figure(
      "time.migration", "moves not hidden", .microseconds, better: .less,
      "moving experts, as far as steps waited for it", column: Column("Moves", importance: 2, hidesZeros: true)
    ) { $0.time.migration },
    Figure(
      "time.prediction", "prediction", .microseconds, better: .less, "predicting, if it costs anything at run time",
      column: Column("Prediction", importance: 2, hidesZeros: true)
    ) { $0.time.prediction },
    Figure(
      "time.balancing", "balancing after the gate", .microseconds, better: .less,
      "planning each layer of each step, and fetching weights as far as nothing hid it",
      column: Column("Balancing", importance: 2, hidesZeros: true)
    ) { $0.time.balancing },
    Figure(
      "time.stall", "waiting for experts", .microseconds, better: .less,
      "layers' wait for experts that a rank did not have at hand",
      column: Column("Waits for experts", importance: 1)
    ) { $0.time.stall },
  ]

  private static let balance = [
    Figure(
      "balancedness.rank", "balance of ranks", .ratio, better: .more, "mean / max tokens per rank",
      column: Column("Balance", importance: 2)
    ) { $0.balancedness.rank },
    Figure(
      "balancedness.node", "balance of nodes", .ratio, better: .more, "mean / max tokens per node"
    ) { $0.balancedness.node },
    Figure(
      "balancedness.slot", "balance of slots", .ratio, better: .more, "mean / max tokens per slot"
    ) { $0.balancedness.slot },
    Figure(
      "balancedness.expert", "balance of experts", .ratio, better: .more,
      "mean / max tokens per expert, whatever the placement"
    ) { $0.balancedness.expert },
    Figure(
      "balancedness.vllm", "balance as vLLM logs it", .ratio, better: .more,
      "sum over layers of mean / sum of max tokens per rank, mean over steps"
    ) { $0.balancedness.vllm },
    Figure(
      "balancedness.sglang", "balance as SGLang logs it", .ratio, better: .more,
      "mean over all hidden layers of (mean + 1e-5) / (max + 1e-5) tokens per rank, 1 for a dense one, mean over steps"
    ) { $0.balancedness.sglang },
    Figure(
      "imbalance.peakToAverage", "imbalance as vllm-ascend logs it", .ratio, better: .less, "max / mean tokens per rank"
    ) { $0.imbalance.peakToAverage },
    Figure(
      "imbalance.tensorrtllm", "imbalance as TensorRT-LLM logs it", .ratio, better: .less,
      "max / mean tokens per rank, minus 1"
    ) { $0.imbalance.tensorrtllm },
  ]

  private static let optimality = [
    Figure(
      "optimality.gap", "most loaded rank above the bound", .change, better: .less,
      "most loaded rank above the least that any placement with these slots could have",
      column: Column("Gap", importance: 6)
    ) { $0.optimality?.gap },
    Figure(
      "optimality.rankLoadLowerBound", "the bound", .tokens,
      "the least that the most loaded rank could have, mean over steps and layers"
    ) { $0.optimality?.rankLoadLowerBound },
    Figure(
      "optimality.equalShareGap", "most loaded rank above the bound for equal shares", .change, better: .less,
      "the same if an expert's replicas take equal parts; below 0 where unequal shares beat that"
    ) { $0.optimality?.equalShareGap },
    Figure(
      "optimality.equalShareLowerBound", "the bound for equal shares", .tokens,
      "the least that the most loaded rank could have with equal shares"
    ) { $0.optimality?.equalShareLowerBound },
  ]

  private static let traffic = [
    Figure(
      "traffic.scaleUpBytes", "scale-up traffic of dispatch", .bytes, better: .less,
      "bytes of dispatch between ranks of a node", column: Column("Scale-up", in: .bounds)
    ) { $0.traffic.scaleUpBytes },
    Figure(
      "traffic.scaleOutBytes", "scale-out traffic of dispatch", .bytes, better: .less,
      "bytes of dispatch between nodes", column: Column("Scale-out", in: .bounds)
    ) { $0.traffic.scaleOutBytes },
    Figure(
      "traffic.copiesPerToken", "ranks of a token", .times, better: .less, "ranks that a token visits in a layer",
      column: Column("Copies", in: .bounds)
    ) { $0.traffic.copiesPerToken },
    Figure(
      "traffic.nodesPerToken", "nodes of a token", .times, better: .less, "nodes that a token visits in a layer"
    ) { $0.traffic.nodesPerToken },
    Figure(
      "traffic.mostNodesPerToken", "most nodes of a token", .count, better: .less,
      "nodes that one token visits at most; absent for counts"
    ) { $0.traffic.mostNodesPerToken.map(Double.init) },
    Figure(
      "traffic.nodesPerTokenLimit", "nodes allowed to a token", .count,
      "what the model's router allows, if it limits a token to some groups"
    ) { $0.traffic.nodesPerTokenLimit.map(Double.init) },
  ]

  private static let moves = [
    Figure(
      "rebalances.count", "rebalances", .count, "plans that were put in force during the replay"
    ) { Double($0.rebalances.count) },
    Figure(
      "rebalances.movedExperts", "experts moved", .count, better: .less, "experts fetched by ranks that lacked them",
      column: Column("Moved", importance: 3)
    ) { Double($0.rebalances.movedExperts) },
    Figure(
      "rebalances.movedBytes", "bytes moved", .bytes, better: .less, "their weights"
    ) { $0.rebalances.movedBytes },
    Figure(
      "rebalances.skipped", "plans skipped", .count, "plans that were not worth moving to"
    ) { Double($0.rebalances.skipped) },
    Figure(
      "rebalances.bytesByTier.peer", "bytes from ranks", .bytes, "of the bytes moved, those that other ranks sent",
      column: Column("From ranks", importance: 4, hidesZeros: true)
    ) { $0.rebalances.bytesByTier?.peer },
    Figure(
      "rebalances.bytesByTier.host", "bytes from host memory", .bytes,
      "of the bytes moved, those loaded from the memory of the rank's host",
      column: Column("From host", importance: 4, hidesZeros: true)
    ) { $0.rebalances.bytesByTier?.host },
    Figure(
      "rebalances.bytesByTier.ssd", "bytes from disks", .bytes,
      "of the bytes moved, those loaded from the node's disks",
      column: Column("From disks", importance: 4, hidesZeros: true)
    ) { $0.rebalances.bytesByTier?.ssd },
    Figure(
      "rebalances.bytesByTier.remote", "bytes from remote stores", .bytes,
      "of the bytes moved, those loaded from a remote store",
      column: Column("From remote", importance: 4, hidesZeros: true)
    ) { $0.rebalances.bytesByTier?.remote },
  ]

  private static let balancing = [
    Figure(
      "balancing.fetchedExperts", "experts fetched", .times, better: .less,
      "by ranks for one layer of a step, mean over steps and layers"
    ) { $0.balancing?.fetchedExperts },
    Figure(
      "balancing.busiestPort", "experts through the busiest port", .times, better: .less,
      "sent or received for one layer of a step, mean over steps and layers"
    ) { $0.balancing?.busiestPort },
    Figure(
      "balancing.fetchTime", "fetches", .microseconds, better: .less,
      "fetching weights for layers, hidden or not, summed over steps and layers"
    ) { $0.balancing?.fetchTime },
    Figure(
      "balancing.homePeakToAverage", "imbalance with experts at home", .ratio,
      "max / mean tokens per rank with all experts at home, mean over steps and layers"
    ) { $0.balancing?.homePeakToAverage },
    Figure(
      "balancing.breakEvenVisits", "break-even of a fetch", .tokens,
      "visits whose arithmetic takes as long as one expert over the busiest port"
    ) { $0.balancing?.breakEvenVisits },
    Figure(
      "balancing.breakEvenTokens", "break-even batch", .tokens, better: .less,
      "tokens of a step from which the arithmetic spared takes as long as the balancing charged"
    ) { $0.balancing?.breakEvenTokens },
  ]

  private static let memory = [
    Figure(
      "memory.slotsPerRank", "slots per rank", .count, better: .less, "in the layer that has most",
      column: Column(
        "Slots/rank", importance: 6, legend: "of every layer, or of the layers that have fewest and most",
        cell: ReplayCells.slotsPerRank)
    ) { Double($0.memory.slotsPerRank) },
    Figure(
      "memory.replicaBytesPerRank", "replicas per rank", .bytes, better: .less,
      "weights of the slots beyond one per expert, over all MoE layers of the model"
    ) { $0.memory.replicaBytesPerRank },
    Figure(
      "memory.bytesPerRank", "memory per rank", .bytes, better: .less,
      "at least: experts of all MoE layers of the model, attention and dense layers, with a context keys and values"
    ) { $0.memory.bytesPerRank },
    Figure(
      "memory.arrivalBytesPerRank", "room for arrivals per rank", .bytes, better: .less,
      "for experts that arrive while the old ones serve, or for one layer's fetches; absent when steps wait for moves"
    ) { $0.memory.arrivalBytesPerRank },
    Figure(
      "memory.wastedSlots", "wasted slots", .count, better: .less,
      "slots of the last placement whose rank holds their expert already, over all layers"
    ) { Double($0.memory.wastedSlots) },
  ]

  /// Of the placement in force after the last step.
  private static let resilience = [
    Figure(
      "resilience.toleratedFailures", "failures tolerated", .count, better: .more,
      "ranks that may fail, whichever they are, before a layer of the last placement lacks an expert",
      column: Column("Tolerates", importance: 5, hidesZeros: true)
    ) { $0.resilience.map { Double($0.toleratedFailures) } },
    Figure(
      "resilience.expectedLost.1", "experts lost with a rank", .times, better: .less,
      "experts of a layer that the failure of one rank loses, expected and mean over layers"
    ) { $0.resilience?.lost(failures: 1) },
    Figure(
      "resilience.expectedLost.2", "experts lost with two ranks", .times, better: .less,
      "the same of two ranks; the JSON has 4, 8 and so on, too"
    ) { $0.resilience?.lost(failures: 2) },
  ]

  private static let regret = [
    Figure(
      "regret.comm", "regret: communication", .change, better: .less,
      "communication above the same policy's with the oracle's prediction",
      column: Column(
        "Regret", importance: 1, legend: "communication / total above the same policy's with the oracle's prediction",
        cell: ReplayCells.regret)
    ) { $0.regret?.comm },
    Figure(
      "regret.total", "regret: total", .change, better: .less,
      "total above the same policy's with the oracle's prediction"
    ) { $0.regret?.total },
  ]

  private static let prediction = [
    Figure(
      "prediction.errorMean", "distribution error of predictions", .share, better: .less,
      "|predicted − actual share| of an expert over the even share, mean over experts, layers and intervals"
    ) { $0.prediction?.errorMean },
    Figure(
      "prediction.errorMax", "distribution error, worst layer", .share, better: .less, "the same of the worst layer"
    ) { $0.prediction?.errorMax },
    Figure(
      "prediction.accuracy", "visits foreseen", .share, better: .more,
      "visits that were foreseen on their expert; absent for a predictor of loads alone"
    ) { $0.prediction?.accuracy },
  ]

  private static let serving = [
    Figure(
      "serving.stepTime", "step with attention", .microseconds, better: .less,
      "attention, dense and MoE layers of a step, mean over steps", column: Column("Step", in: .serving)
    ) { $0.serving?.stepTime },
    Figure(
      "serving.attentionTime", "attention", .microseconds, better: .less, "attention of all layers within the step",
      column: Column("Attention", in: .serving)
    ) { $0.serving?.attentionTime },
    Figure(
      "serving.denseTime", "dense layers", .microseconds, better: .less, "dense layers within the step"
    ) { $0.serving?.denseTime },
    Figure(
      "serving.tokensPerSecond", "tokens per second", .tokensPerSecond, better: .more, "tokens of a step / its time",
      column: Column("Tokens/s", in: .serving)
    ) { $0.serving?.tokensPerSecond },
    Figure(
      "serving.timePerOutputToken", "time per output token", .microseconds, better: .less,
      "time per output token; decode only", column: Column("TPOT", in: .serving)
    ) { $0.serving?.timePerOutputToken },
    Figure(
      "serving.twoBatch.stepTime", "two-batch step", .microseconds, better: .less,
      "the step as two half batches in turn, one in attention while the other is in its MoE part",
      column: Column("Two-batch step", in: .serving)
    ) { $0.serving?.twoBatch.stepTime },
    Figure(
      "serving.twoBatch.tokensPerSecond", "two-batch tokens per second", .tokensPerSecond, better: .more,
      "tokens of a two-batch step / its time"
    ) { $0.serving?.twoBatch.tokensPerSecond },
    Figure(
      "serving.memoryUtilisation", "memory-bandwidth utilisation", .ratio, better: .more,
      "MoE-CAP's memory-bandwidth utilisation; decode only", column: Column("S-MBU", in: .serving)
    ) { $0.serving?.memoryUtilisation },
    Figure(
      "serving.flopUtilisation", "arithmetic utilisation", .ratio, better: .more, "MoE-CAP's arithmetic utilisation",
      column: Column("S-MFU", in: .serving)
    ) { $0.serving?.flopUtilisation },
  ]

  private static let cost = [
    Figure(
      "cost.perMillionTokens", "cost of a million tokens", .dollars, better: .less,
      "dollars for a million tokens, by the price that the cluster's file states", column: Column("$/M", in: .serving)
    ) { $0.cost?.perMillionTokens },
    Figure(
      "cost.savedPerMillionTokens", "saved on a million tokens", .dollarsSaved, better: .more,
      "dollars for a million tokens that the baseline costs more", column: Column("$/M saved", in: .serving),
      isComparison: true
    ) { $0.cost?.savedPerMillionTokens },
    Figure(
      "cost.electricityPerMillionTokens", "electricity of a million tokens", .dollars, better: .less,
      "within the price of rented GPUs, a part of the cost of bought ones"
    ) { $0.cost?.electricityPerMillionTokens },
    Figure(
      "cost.joulesPerToken", "energy of a token", .joules, better: .less,
      "of the whole group, by the power that the cluster's file states", column: Column("J/token", in: .serving)
    ) { $0.cost?.joulesPerToken },
    Figure(
      "cost.tokensPerSecondPerDollar", "tokens per second per dollar", .tokensPerSecond, better: .more,
      "tokens a second for each dollar an hour"
    ) { $0.cost?.tokensPerSecondPerDollar },
  ]

  private static let bottlenecks = [
    Figure(
      "commBound.ratio", "communication / its bound", .ratio, better: .less,
      "communication / what no schedule of the same copies could beat", column: Column("Comm / bound", in: .serving)
    ) { $0.commBound.ratio },
    Figure(
      "commBound.time", "bound of communication", .microseconds, "what no schedule of the same copies could beat"
    ) { $0.commBound.time },
    Figure(
      "roofline.intensity", "operations per byte of the experts", .operationsPerByte, better: .more,
      "operations per byte of the slowest rank's expert kernels, padding counted",
      column: Column(
        "Ops/byte", in: .serving,
        legend: "operations per byte of the slowest rank's expert kernels, as executed / without padding",
        cell: ReplayCells.intensity)
    ) { $0.roofline?.intensity },
    Figure(
      "roofline.usefulIntensity", "useful operations per byte of the experts", .operationsPerByte, better: .more,
      "the same without padding"
    ) { $0.roofline?.usefulIntensity },
    Figure(
      "roofline.flopsPerSecond", "arithmetic of the experts", .operationsPerSecond, better: .more,
      "operations a second of the slowest rank's expert kernels, without padding"
    ) { $0.roofline?.flopsPerSecond },
    Figure(
      "roofline.ridgePoint", "ridge point", .operationsPerByte,
      "operations per byte from which the kernels are bound by arithmetic", column: Column("Ridge", in: .serving)
    ) { $0.roofline?.ridgePoint },
    Figure(
      "boundBy.communication", "layers bound by communication", .share,
      "layers, over all steps, that waited longest for it"
    ) { $0.boundBy?.communication },
    Figure(
      "boundBy.memory", "layers bound by memory", .share, "layers whose expert kernels waited longest for memory"
    ) { $0.boundBy?.memory },
    Figure(
      "boundBy.math", "layers bound by arithmetic", .share, "layers whose expert kernels waited longest for arithmetic"
    ) { $0.boundBy?.math },
    Figure(
      "boundBy.fetch", "layers bound by fetches", .share,
      "layers that waited longest for experts that a rank did not have at hand"
    ) { $0.boundBy?.fetch },
  ]
}
