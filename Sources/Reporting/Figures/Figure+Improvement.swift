import Replay

/// What is gained, in all and once plans serve.
extension Figure {
  private static let pricesLegend =
    "where 95 % of draws of prices within their errors leave the improvement, and how often its sign flips"

  private static let steadyLegend =
    "improvement of total once plans serve, moves and predictions included, with a 95 % interval where there is one"

  static let answer = [
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

  /// What is gained once plans serve, apart from what happens once.
  static let steady = [
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

  static let regret = [
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
}
