import Replay

/// How even loads are, how even they could be, and how well they were foreseen.
extension Figure {
  static let balance = [
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
      "imbalance.peakToNominal", "most loaded rank over the mean without drops", .ratio, better: .less,
      "max tokens per rank / (tokens · top-k / ranks), where a router's rewrite dropped visits"
    ) { $0.imbalance.peakToNominal },
    Figure(
      "imbalance.tensorrtllm", "imbalance as TensorRT-LLM logs it", .ratio, better: .less,
      "max / mean tokens per rank, minus 1"
    ) { $0.imbalance.tensorrtllm },
  ]

  static let optimality = [
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

  static let prediction = [
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
}
