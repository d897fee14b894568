import Replay

/// Experts moved between steps, and fetched after the gate.
extension Figure {
  static let moves = [
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

  static let balancing = [
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
}
