import RoutingTrace

extension TraceInspection {
  /// What rewriting the router came to.
  public struct Router: Codable, Equatable, Sendable {
    /// How uneven the trace was as it was recorded. As after it, over the mean of the visits that there are.
    public struct Before: Codable, Equatable, Sendable {
      public var skewness: MeanAndMax
      public var stepImbalance: Steps
    }

    /// In their order.
    public var rewrites: [RouterTally]
    /// Experts of each layer that nobody visits any more; absent for none.
    public var removedExperts: Int?
    /// Absent for a trace that can be read only once.
    public var before: Before?

    /// - Parameters:
    ///   - steps: that were inspected, to their end.
    ///   - recorded: the trace as it was recorded; nil where it can be read only once.
    public init(_ steps: RouterSteps, recorded: TraceInspection?) {
      rewrites = steps.tallies
      removedExperts = steps.removedExperts > 0 ? steps.removedExperts : nil
      before = recorded.map { Before(skewness: $0.skewness, stepImbalance: $0.stepImbalance) }
    }
  }
}
