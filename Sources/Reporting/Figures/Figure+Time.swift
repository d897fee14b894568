import Replay

/// What time is made of.
extension Figure {
  static let parts = [
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
      "overlap.gain", "gain of overlapping", .share, better: .more,
      "of the MoE layers' time with nothing overlapped, what overlapping saves at the speeds of both beside each other; "
        + "below 0 where it costs time; absent where computation's is not stated",
      column: Column("Overlap gains", in: .bounds)
    ) { $0.overlap?.gain },
    Figure(
      "time.migration", "moves not hidden", .microseconds, better: .less,
      "moving experts, as far as steps waited for it", column: Column("Moves", importance: 2, hidesZeros: true)
    ) { $0.time.migration },
    Figure(
      "time.interruption", "ranks come and go", .microseconds, better: .less,
      "serving stands still while ranks come or go; absent where none do",
      column: Column("Interruption", importance: 5, hidesZeros: true)
    ) { $0.time.interruption },
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
}
