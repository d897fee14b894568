/// What becomes of an expert that is needed and not at hand, `onMiss` in a policy's cache.
public enum MissRule: String, CaseIterable, Sendable {
  /// It is fetched.
  case fetch
  /// The host computes it, and it is not fetched.
  case hostCompute = "host-compute"
  /// Whichever is there first, the host's result or that of the expert fetched and computed.
  ///
  /// Source: Fiddler, arXiv 2402.07033, whose planner compares the two for the tokens of each expert.
  case cheapest
}
