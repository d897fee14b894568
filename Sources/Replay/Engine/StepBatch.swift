import RoutingTrace

/// Consecutive steps that are decoded once and broadcast to every policy under test.
package struct StepBatch: Sendable {
  package struct Step: Sendable {
    let routing: RoutingStep
    /// `[tokens]` rank of each token; empty for counts.
    let sources: [UInt32]
  }

  /// Ordinal of the first step in the replay.
  let first: Int
  let steps: [Step]
  /// Whether a recorded source was beyond the cluster's ranks.
  let foldedSources: Bool

  /// Visits, and expert counters, that a batch may hold: enough to occupy the threads, little enough to stay small.
  static let maximumVisits = 4 << 20
  static let maximumCounters = 2 << 20

  /// The next steps of `source`, nil at its end.
  package init?(readingFrom source: any StepSource, first: Int, ranks: Int) throws {
    let header = source.header
    var steps = [Step]()
    var visits = 0
    var folded = false
    while visits < Self.maximumVisits, steps.count * header.layers * header.experts < Self.maximumCounters,
      let routing = try source.next()
    {
      visits += routing.experts.count
      let sources = header.content == .tokens ? SourceRanks(of: routing, ranks: ranks) : nil
      folded = folded || sources?.folded == true
      steps.append(Step(routing: routing, sources: sources?.ranks ?? []))
    }
    if steps.isEmpty { return nil }
    self.first = first
    self.steps = steps
    foldedSources = folded
  }
}
