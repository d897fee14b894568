import Diagnostics

/// The rules that evict experts.
public enum Replacements {
  public static let registry = Registry<ReplacementRecipe>(
    "replacement rule",
    [
      .init("lru", "what was touched least recently", .init { LeastRecent(layers: $0.layers, experts: $0.experts) }),
      .init(
        "lru-per-layer", "the same inside each layer's own places (Mixtral-offloading)",
        .init(isPerLayer: true) { LeastRecent(layers: $0.layers, experts: $0.experts, isPerLayer: true) }),
      .init(
        "lfu", "what was touched least often so far",
        .init { LeastFrequent(layers: $0.layers, experts: $0.experts) }),
      .init(
        "least-stale", "what this pass has not touched, passed layers first (SpecMD)",
        .init { LeastStale(layers: $0.layers, experts: $0.experts) }),
      .init(
        "activation-aware", "what its sequence uses least, early layers kept (MoE-Infinity)",
        .init(isOfSequences: true) { ActivationAware(layers: $0.layers, experts: $0.experts) }),
      .init(
        "next-use", "ours: what is expected to be needed latest, by what followed what",
        .init { NextUse(layers: $0.layers, experts: $0.experts) }),
      .init(
        "static", "nothing: what the first steps use most stays",
        .init { Pinned(layers: $0.layers, experts: $0.experts, capacity: $0.capacity) }),
      .init(
        "probability", "what the prefetcher's match expects least of, and was touched least (FineMoE)",
        .init(needs: .match) { MatchedUse(layers: $0.layers, experts: $0.experts) }),
      .init(
        "minimum", "a yardstick: what is needed latest (Belady)",
        .init(needs: .future) { context in
          guard let future = context.future else { preconditionFailure("minimum is made without what comes") }
          return FurthestUse(future)
        }),
    ])

  /// Those that go by what is over, and by nothing that a prefetcher says.
  public static let plain = registry.entries.filter { $0.item.needs == .nothing }
}

/// What a rule is made for.
public struct ReplacementContext: Sendable {
  public var layers: Int
  /// Of a layer.
  public var experts: Int
  /// Experts that fit.
  public var capacity: Int
  /// Nil unless the rule looks ahead.
  public var future: FutureUses?
}

/// How a rule is made.
public struct ReplacementRecipe: Sendable {
  /// What a rule goes by besides what is over.
  public enum Needs: Sendable {
    case nothing
    /// What comes: a yardstick.
    case future
    /// What the prefetcher's match expects.
    case match
  }

  /// Whether each layer has places of its own.
  public let isPerLayer: Bool
  /// Whether it goes by which sequence is under way.
  public let isOfSequences: Bool
  public let needs: Needs
  let make: @Sendable (ReplacementContext) -> any Replacement

  public init(
    isPerLayer: Bool = false, isOfSequences: Bool = false, needs: Needs = .nothing,
    make: @escaping @Sendable (ReplacementContext) -> any Replacement
  ) {
    self.isPerLayer = isPerLayer
    self.isOfSequences = isOfSequences
    self.needs = needs
    self.make = make
  }
}
