extension KeyLimit {
  /// Of a policy's cache.
  static let ofCaches = [
    cache("CacheRecipe", "expertsPerRank", 1...4_194_304, "replacement: {kind: lru}, expertsPerRank: $"),
    prefetch("prefetch.depth", 1...1023, "kind: previous-layer, depth: $"),
    KeyLimit(
      .policy, "ExpertCache/Prefetch/Prefetches.swift", "cache.prefetch.overheadMicroseconds", in: 0...1e9,
      policy("replacement: {kind: lru}, prefetch: {kind: previous-layer, overheadMicroseconds: $}")),
    prefetch("prefetch.capacity", 1...100_000, "kind: sequence-match, capacity: $"),
    KeyLimit(
      .policy, "ExpertCache/Prefetch/Prefetches.swift", "cache.prefetch.accuracy", in: 0...1,
      policy("replacement: {kind: lru}, prefetch: {kind: next-layer, accuracy: $}")),
    prefetch("prefetch.seed", 0...Int.max, "kind: next-layer, seed: $"),
  ]

  private static func prefetch(_ key: String, _ range: ClosedRange<Int>, _ options: String) -> KeyLimit {
    cache("Prefetch/Prefetches", key, range, "replacement: {kind: lru}, prefetch: {\(options)}")
  }

  private static func cache(_ file: String, _ key: String, _ range: ClosedRange<Int>, _ options: String) -> KeyLimit {
    KeyLimit(.policy, "ExpertCache/\(file).swift", "cache.\(key)", range, policy(options))
  }

  private static func policy(_ cache: String) -> [String: String] {
    ["predictor": none, "schedule": "{kind: never}", "cache": "{\(cache)}"]
  }
}
