import Diagnostics

/// How a prefetcher is made.
public struct PrefetchRecipe: Sendable {
  /// A kind of `Prefetches.registry`.
  public let kind: String
  /// Layers ahead of the one that is served for which experts are loaded.
  public let depth: Int
  /// What predicting takes, per step and layer.
  public let overheadMicroseconds: Double
  /// Whether it looks at steps that are not over.
  public let looksAhead: Bool
  /// Whether it goes by what sequences were like, so that it has to know them.
  public let givesMatch: Bool
  public let make: @Sendable (PrefetchContext) -> any Prefetch
}

/// What a prefetcher is made for.
public struct PrefetchContext: Sendable {
  public var layers: Int
  /// Of a layer.
  public var experts: Int
  /// Nil unless the recipe looks ahead.
  public var future: FutureUses?

  public init(layers: Int, experts: Int, future: FutureUses? = nil) {
    (self.layers, self.experts, self.future) = (layers, experts, future)
  }
}

/// The rules that load experts before they are needed.
public enum Prefetches {
  /// A kind with the settings that it has besides `depth` and `overheadMicroseconds`.
  public struct Kind: Sendable {
    var looksAhead = false
    var givesMatch = false
    let make: @Sendable (_ context: PrefetchContext, _ depth: Int) -> any Prefetch
  }

  /// Nil for what loads nothing ahead.
  public static let registry = Registry<Maker<Settings, Kind?>>(
    "prefetch rule",
    [
      .init("none", "nothing is loaded before it is needed", make: none),
      .init("previous-layer", "what followed most often what the layers before need", make: previousLayer),
      .init("sequence-match", "what the sequence most like this one visited (MoE-Infinity)", make: sequenceMatch),
      .init("next-layer", "a yardstick: what is needed next, as often as accuracy says", make: nextLayer),
    ])

  private static func none(_ settings: Settings) throws(InputError) -> Kind? { nil }

  private static func previousLayer(_ settings: Settings) throws(InputError) -> Kind? {
    Kind { PreviousLayer(layers: $0.layers, experts: $0.experts, depth: $1) }
  }

  private static func sequenceMatch(_ settings: Settings) throws(InputError) -> Kind? {
    let capacity = try settings.optionalInteger("capacity", in: 1...100_000) ?? 1000
    let names = SequenceMatch.Distance.allCases.map(\.rawValue)
    let name = settings.contains("distance") ? try settings.choice("distance", of: names) : names[0]
    let distance = SequenceMatch.Distance(rawValue: name) ?? .linear
    return Kind(givesMatch: true) {
      SequenceMatch(layers: $0.layers, experts: $0.experts, depth: $1, capacity: capacity, distance: distance)
    }
  }

  private static func nextLayer(_ settings: Settings) throws(InputError) -> Kind? {
    let accuracy = try settings.optionalNumber("accuracy", in: 0...1) ?? 1
    let seed = try settings.optionalInteger("seed", in: 0...Int.max) ?? 1
    return Kind(looksAhead: true) { context, depth in
      guard let future = context.future else { preconditionFailure("next-layer is made without what comes") }
      return NextLayer(future, depth: depth, accuracy: accuracy, seed: UInt64(seed))
    }
  }

  /// Nil for `none`.
  static func recipe(_ settings: Settings) throws(InputError) -> PrefetchRecipe? {
    let kind = try settings.choice("kind", of: registry.names)
    guard let found = try registry.named(kind)(settings) else {
      try settings.rejectUnknownKeys()
      return nil
    }
    let depth = try settings.optionalInteger("depth", in: 1...1023) ?? 1
    let overhead = try settings.optionalNumber("overheadMicroseconds", in: 0...1e9) ?? 0
    try settings.rejectUnknownKeys()
    return PrefetchRecipe(
      kind: kind, depth: depth, overheadMicroseconds: overhead, looksAhead: found.looksAhead,
      givesMatch: found.givesMatch
    ) { found.make($0, depth) }
  }
}
