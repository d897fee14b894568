import Diagnostics

/// The experts that a rank has at hand when not all fit, as a policy's file says:
///
///     cache:
///       memory: 18 GB             # or expertsPerRank: 153; else what a GPU's memory leaves for experts
///       replacement: {kind: lru}
///       prefetch: {kind: sequence-match, depth: 3}
///       onMiss: fetch             # or host-compute, cheapest
///       fetch: overlapped         # or blocking
///
/// What a rank does not have it loads from the cluster's `storage`.
public struct CacheRecipe: Sendable {
  /// Room on a rank.
  public enum Room: Equatable, Sendable {
    /// Bytes, of all MoE layers of the model.
    case memory(Double)
    /// Experts of any layer of the trace.
    case experts(Int)
    /// What a GPU's memory leaves.
    case rest
  }

  /// When a rank computes while experts are on their way to it.
  public enum Fetch: String, CaseIterable, Sendable {
    /// When the last of those that it needs is there.
    case blocking
    /// Those that are there at once, the others as they come.
    case overlapped
  }

  public var room: Room
  public var replacement: ReplacementRecipe
  /// Nil for loads on demand alone.
  public var prefetch: PrefetchRecipe?
  public var fetch: Fetch
  public var onMiss: MissRule

  /// - Throws: `InputError` (usage) for a rule that goes by a match, which the prefetcher does not make.
  public init(
    room: Room = .rest, replacement: ReplacementRecipe, prefetch: PrefetchRecipe? = nil, fetch: Fetch = .blocking,
    onMiss: MissRule = .fetch
  ) throws(InputError) {
    self.room = room
    self.replacement = replacement
    self.prefetch = prefetch
    self.fetch = fetch
    self.onMiss = onMiss
    if let mismatch { throw InputError(mismatch, in: "replacement", status: .usage) }
  }

  /// - Throws: `InputError` with file and line for an unknown key or kind, a value out of range, both kinds of room, or
  ///   rules that do not fit each other.
  public init(settings: Settings) throws(InputError) {
    let (memory, experts) = (
      try settings.optionalSize("memory"), try settings.optionalInteger("expertsPerRank", in: 1...Self.mostExperts)
    )
    if memory != nil, experts != nil {
      throw settings.error("room is either memory or a number of experts, not both", at: "expertsPerRank")
    }
    room = memory.map(Room.memory) ?? experts.map(Room.experts) ?? .rest
    let section = try settings.section("replacement")
    replacement = try section.choice("kind", of: Replacements.registry)
    try section.rejectUnknownKeys()
    prefetch = try settings.optionalSection("prefetch").flatMap { section throws(InputError) in
      try Prefetches.recipe(section)
    }
    fetch = .blocking
    if settings.contains("fetch") {
      fetch = Fetch(rawValue: try settings.choice("fetch", of: Fetch.allCases.map(\.rawValue))) ?? .blocking
    }
    onMiss = .fetch
    if settings.contains("onMiss") {
      onMiss = MissRule(rawValue: try settings.choice("onMiss", of: MissRule.allCases.map(\.rawValue))) ?? .fetch
    }
    try settings.rejectUnknownKeys()
    if let mismatch { throw settings.error(mismatch, at: "replacement") }
  }

  /// The most that `expertsPerRank` may be: 1024 layers of 4096.
  static let mostExperts = 1 << 22

  private var mismatch: String? {
    guard replacement.needs == .match, prefetch?.givesMatch != true else { return nil }
    return "this rule goes by what the prefetcher matched; needs prefetch sequence-match"
  }

  /// Whether a rule looks at steps that are not over.
  public var looksAhead: Bool { replacement.needs == .future || prefetch?.looksAhead == true }
}
