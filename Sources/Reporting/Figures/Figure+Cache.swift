import Replay

/// What came of having some of the experts at hand.
extension Figure {
  static let cache = [
    Figure(
      "cache.hitRate", "hits", .share, better: .more,
      "experts at hand when a layer needed them, of all that layers needed",
      column: Column("Hits", importance: 1)
    ) { $0.cache?.hitRate },
    Figure(
      "cache.gap", "hits lacking", .share, better: .less,
      "what hits lack of those of Belady's rule, which knows what comes and loads on demand alone",
      column: Column("Hits lacking", importance: 2)
    ) { $0.cache?.gap },
    Figure(
      "cache.hits", "experts at hand", .count, better: .more, "experts at hand when a layer needed them"
    ) { $0.cache.map { Double($0.hits) } },
    Figure(
      "cache.minimumHits", "most that could be at hand", .count, "hits of Belady's rule, loading on demand alone"
    ) { $0.cache.map { Double($0.minimumHits) } },
    Figure(
      "cache.stallTime", "stalls", .microseconds, better: .less, "the wait for experts, as in `time.stall`"
    ) { $0.cache?.stallTime },
    Figure(
      "cache.lateHits", "late hits", .count, "experts that were on their way when a layer needed them"
    ) { $0.cache.map { Double($0.lateHits) } },
    Figure(
      "cache.accesses", "experts needed", .count, "experts with visits on a rank, over steps, layers and ranks"
    ) { $0.cache.map { Double($0.accesses) } },
    Figure(
      "cache.fetchedBytes", "bytes fetched", .bytes, better: .less, "experts' weights from the cluster's storage",
      column: Column("Fetched", importance: 3)
    ) { $0.cache?.fetchedBytes },
    Figure(
      "cache.wastedBytes", "bytes wasted", .bytes, better: .less,
      "of the bytes fetched, those of experts that were evicted before they were needed",
      column: Column("Wasted", importance: 4, hidesZeros: true)
    ) { $0.cache?.wastedBytes },
    Figure(
      "cache.hostComputed", "computed by hosts", .count, "experts that were not at hand, and that a host computed",
      column: Column("On hosts", importance: 4, hidesZeros: true)
    ) { $0.cache.map { Double($0.hostComputed) } },
    Figure(
      "cache.residentExpertsPerRank", "room for experts", .count, "experts of any layer for which a rank has room"
    ) { $0.cache.map { Double($0.residentExpertsPerRank) } },
  ]
}
