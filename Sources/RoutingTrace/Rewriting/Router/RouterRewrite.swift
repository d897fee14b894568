import Diagnostics

/// What another router, or another model, would have made of a step's visits.
///
/// Removing visits is exact; moving them is a guess, since what a router would have chosen instead is not recorded.
public protocol RouterRewrite {
  /// What it takes for granted of a trace, beyond what was recorded.
  var assumed: [String] { get }
  /// Experts of a layer that nobody visits any more, once the rewrite is in force; 0 unless stated.
  var removedExperts: Int { get }
  /// - Throws: `InputError` (usage) if it does not fit the trace.
  func check(_ header: TraceHeader) throws(InputError)
  /// Rewrites the next step.
  mutating func rewrite(_ step: inout RoutingStep, of header: TraceHeader)
}

extension RouterRewrite {
  public var removedExperts: Int { 0 }
}

/// The rewrites that can be asked for.
public enum RouterRewrites {
  public typealias Make = Maker<RouterKeys, any RouterRewrite>

  public static let option = "--router"

  public static let registry = Registry<Make>(
    "router rewrite",
    [
      .init(
        "capacity", "an expert takes so many times its even part of a step's visits: factor, by",
        make: CapacityRewrite.init),
      .init(
        "groups", "a token keeps its best groups of neighbouring experts: groups, keep, by", make: GroupsRewrite.init),
      .init("top-k", "a token keeps its best experts: keep", make: TopKRewrite.init),
      .init(
        "prune", "the least salient experts of a layer go: share or experts, by, learn, refill, file",
        make: PruneRewrite.init),
      .init("merge", "experts of a layer become one: into, learn", make: MergeRewrite.init),
    ])
}

/// A rewrite as it was asked for: `capacity:factor=1.25`.
public struct RouterRecipe: Equatable, Sendable {
  public let kind: String
  public let text: String

  /// - Throws: `InputError` (usage) for an unknown kind, key or value.
  public init(_ text: String) throws(InputError) {
    self.text = text
    kind = String(text.prefix { $0 != ":" })
    _ = try make()
  }

  func make() throws(InputError) -> any RouterRewrite {
    try RouterRewrites.registry.named(kind, option: RouterRewrites.option)(RouterKeys(text))
  }
}
