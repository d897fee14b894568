extension KeyLimit {
  private static let steps = 1...1_000_000_000
  private static let tokens = 1...1_048_576
  private static let weights = 1e-6...1e6

  static let ofWorkloads: [KeyLimit] = ofSizes + ofPopularities + ofTimes + ofTokens

  private static let ofSizes = [
    KeyLimit(.workload, "Workloads/Workload.swift", "experts", 1...65_536, ["experts": "$", "topK": "1"]),
    KeyLimit(.workload, "Workloads/Workload.swift", "topK", 1...1024, ["experts": "1024", "topK": "$"]),
    KeyLimit(.workload, "Workloads/Workload.swift", "layers", 1...4096, ["layers": "$"]),
    KeyLimit(.workload, "Workloads/Workload.swift", "firstLayer", 0...4096, ["firstLayer": "$"]),
    KeyLimit(.workload, "Workloads/Workload.swift", "seed", 0...Int.max, ["seed": "$"]),
    KeyLimit(.workload, "Workloads/WorkloadBatching.swift", "steps", steps, ["steps": "$"]),
    KeyLimit(.workload, "Workloads/WorkloadBatching.swift", "tokensPerStep", tokens, ["tokensPerStep": "$"]),
    KeyLimit(
      .workload, "Workloads/WorkloadBatching.swift", "inFlight", tokens,
      [
        "steps": none, "tokensPerStep": none, "phase": "decode", "sequences": "{count: 4, lengths: [8]}",
        "inFlight": "$",
      ]),
    KeyLimit(
      .workload, "Workloads/SequenceLengths.swift", "sequences.count", 1...10_000_000,
      ["steps": none, "phase": "prefill", "sequences": "{count: $, lengths: [8]}"]),
  ]

  private static let ofPopularities = [
    KeyLimit(
      .workload, "Workloads/Popularity/HotColdPopularity.swift", "popularity.hotRatio", in: 0...1,
      ["popularity": "{kind: hot-cold, hotTimes: 2, hotRatio: $}"]),
    KeyLimit(
      .workload, "Workloads/Popularity/HotColdPopularity.swift", "popularity.hotTimes", in: weights,
      ["popularity": "{kind: hot-cold, hotRatio: 0.5, hotTimes: $}"]),
    KeyLimit(
      .workload, "Workloads/Popularity/HotColdPopularity.swift", "popularity.hotWeight", 0...1,
      ["popularity": "{kind: hot-cold, hotRatio: 0.5, hotWeight: $}"]),
    KeyLimit(
      .workload, "Workloads/Popularity/HotRankPopularity.swift", "popularity.ranks", 1...65_536,
      ["experts": "65536", "popularity": "{kind: hot-rank, weight: 2, ranks: $}"]),
    KeyLimit(
      .workload, "Workloads/Popularity/HotRankPopularity.swift", "popularity.weight", in: weights,
      ["popularity": "{kind: hot-rank, ranks: 4, weight: $}"]),
    KeyLimit(
      .workload, "Workloads/Popularity/PowerLawPopularity.swift", "popularity.alpha", in: 0.01...10,
      ["popularity": "{kind: power-law, largest: 8, alpha: $}"]),
    KeyLimit(
      .workload, "Workloads/Popularity/PowerLawPopularity.swift", "popularity.largest", in: 1...1e9,
      ["popularity": "{kind: power-law, largest: $, alpha: 1}"]),
    KeyLimit(
      .workload, "Workloads/Popularity/ZeroLoadPopularity.swift", "popularity.ratio", in: 0...1,
      ["popularity": "{kind: zero-load, rest: {kind: uniform}, ratio: $}"]
    ).refusedAtMost("leaves fewer experts than top-2"),
    KeyLimit(
      .workload, "Workloads/Popularity/ZipfPopularity.swift", "popularity.exponent", in: 0...5,
      ["popularity": "{kind: zipf, exponent: $}"]),
    KeyLimit(
      .workload, "Workloads/Popularity/DirichletPopularity.swift", "popularity.concentration", in: 0.01...1e6,
      ["popularity": "{kind: dirichlet, concentration: $}"]),
    KeyLimit(
      .workload, "Workloads/Popularity/LogNormalPopularity.swift", "popularity.sigma", in: 0...5,
      ["popularity": "{kind: log-normal, sigma: $}"]),
  ]

  private static let ofTimes = [
    KeyLimit(
      .workload, "Workloads/Time/Redraw.swift", "time.every", of: "`redraw`", steps,
      ["time": "{kind: redraw, every: $}"]),
    KeyLimit(
      .workload, "Workloads/Time/Rotation.swift", "time.every", of: "`rotate`", steps,
      ["time": "{kind: rotate, by: 1, every: $}"]),
    KeyLimit(
      .workload, "Workloads/Time/Rotation.swift", "time.by", 1...65_536, ["time": "{kind: rotate, by: $, every: 1}"]),
    KeyLimit(
      .workload, "Workloads/Time/Burst.swift", "time.every", of: "`burst`", steps,
      ["time": "{kind: burst, length: 1, experts: 1, factor: 2, every: $}"]),
    KeyLimit(
      .workload, "Workloads/Time/Burst.swift", "time.length", steps,
      ["time": "{kind: burst, every: 1000000000, experts: 1, factor: 2, length: $}"]),
    KeyLimit(
      .workload, "Workloads/Time/Burst.swift", "time.experts", 1...65_536,
      ["experts": "65536", "time": "{kind: burst, every: 4, length: 1, factor: 2, experts: $}"]),
    KeyLimit(
      .workload, "Workloads/Time/Burst.swift", "time.factor", in: weights,
      ["time": "{kind: burst, every: 4, length: 1, experts: 1, factor: $}"]),
    KeyLimit(
      .workload, "Workloads/Time/Segments.swift", "time.count", 1...256,
      [
        "layers": "1", "popularity": "{kind: table, shares: [1 1 1 1 1 1 1 1]}",
        "time": "{kind: segments, shares: [«1 1 1 1 1 1 1 1»], count: $}",
      ]),
  ]

  private static let ofTokens = [
    KeyLimit(
      .workload, "Workloads/RoutingCorrelation.swift", "correlation.neighbour", in: 0...0.95,
      ["correlation": "{neighbour: $}"]),
    KeyLimit(
      .workload, "Workloads/RoutingCorrelation.swift", "correlation.layer", in: 0...0.95, ["correlation": "{layer: $}"]),
    KeyLimit(
      .workload, "Workloads/RoutingCorrelation.swift", "correlation.topics", 1...256, ["correlation": "{topics: $}"]),
    KeyLimit(
      .workload, "Workloads/RoutingCorrelation.swift", "correlation.spread", in: 0...5,
      ["correlation": "{topics: 2, spread: $}"]),
    KeyLimit(
      .workload, "Workloads/RoutingCorrelation.swift", "correlation.kinds", 1...64,
      ["experts": "64", "correlation": "{kinds: $}"]),
    KeyLimit(
      .workload, "Workloads/RoutingCorrelation.swift", "correlation.affinity", in: 1...1e6,
      ["correlation": "{kinds: 2, affinity: $}"]),
    KeyLimit(
      .workload, "Workloads/TokenVocabulary.swift", "tokens.vocabulary", tokens,
      ["tokens": "{exponent: 1, strength: 0.5, vocabulary: $}"]),
    KeyLimit(
      .workload, "Workloads/TokenVocabulary.swift", "tokens.exponent", in: 0...5,
      ["tokens": "{exponent: $, strength: 0.5, vocabulary: 8}"]),
    KeyLimit(
      .workload, "Workloads/TokenVocabulary.swift", "tokens.strength", in: 0...1,
      ["tokens": "{exponent: 1, strength: $, vocabulary: 8}"]),
    KeyLimit(
      .workload, "Workloads/Workload.swift", "groups.groups", 1...256,
      ["experts": "256", "topK": "1", "groups": "{groups: $, perToken: 1}"]),
    KeyLimit(
      .workload, "Workloads/Workload.swift", "groups.perToken", 1...256,
      ["experts": "256", "topK": "1", "groups": "{groups: 256, perToken: $}"]),
    KeyLimit(
      .workload, "Workloads/WorkloadSources.swift", "sources.ranks", 1...65_536, ["sources": "{ranks: $, sigma: 1}"]),
    KeyLimit(
      .workload, "Workloads/WorkloadSources.swift", "sources.sigma", in: 0...5, ["sources": "{ranks: 4, sigma: $}"]),
    KeyLimit(
      .workload, "Workloads/SourceShares.swift", "sources.concentration", in: 1e-6...1e9,
      ["sources": "{shares: 1 1, concentration: $}"]),
  ]
}
