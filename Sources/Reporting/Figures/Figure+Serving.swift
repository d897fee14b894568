import Replay

/// End-to-end estimates, and what layers are bound by.
extension Figure {
  static let serving = [
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

  static let cost = [
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

  static let bottlenecks = [
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
