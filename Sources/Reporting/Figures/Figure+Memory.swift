import Replay

/// What a rank holds, and what failed ranks lose.
extension Figure {
  static let memory = [
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
  static let resilience = [
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
}
