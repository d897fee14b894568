import Diagnostics
import LoadBalancing
import RoutingTrace

/// What a planner that goes by co-activation, price or costs is told of some steps.
package struct RoutingSummary {
  /// Nil unless pairs are counted. A copy goes on with those of its original.
  private(set) var pairs: CountedPairs?
  package private(set) var sources: SourceSpread
  private let header: TraceHeader
  private let topK: Int
  private let assignment: SourceAssignment
  private var alive: AliveRanks
  private var visits = 0.0
  private var steps = 0

  /// Of no steps yet.
  ///
  /// - Parameters:
  ///   - needs: of the planner.
  ///   - threads: that count pairs.
  package init(of setting: ReplaySetting, for needs: PlanningNeeds = .coactivation, threads: Int = 1) {
    if needs.contains(.coactivation) {
      pairs = CountedPairs(
        layers: setting.header.layers, experts: setting.header.experts, topK: setting.topK, threads: threads)
    }
    alive = AliveRanks(all: setting.cluster.ranks, ranksPerNode: setting.cluster.ranksPerNode)
    sources = SourceSpread(ranks: setting.cluster.ranks, ranksPerNode: setting.cluster.ranksPerNode)
    header = setting.header
    topK = setting.topK
    assignment = setting.sourceAssignment
  }

  /// - Throws: `InputError` (usage) for a step without what the rule for sources asks for.
  package mutating func add(_ step: RoutingStep) throws(InputError) {
    pairs?.add(.init(experts: step.experts, dropped: step.hasDropped ? RoutingStep.dropped : nil), step: steps)
    steps += 1
    visits += Double(step.experts.count - step.droppedVisits) + Double(step.counts.reduce(0) { $0 + Int($1) })
    sources.add(alive.starts(try assignment.ranks(of: step, in: header).ranks))
  }

  /// Nil unless pairs are counted.
  package var coactivation: Coactivation? { pairs?.table(afterSteps: steps) }

  /// Counts pairs together with another of the same steps, before the first of them.
  mutating func share(_ pairs: CountedPairs) { self.pairs = pairs }

  /// Ranks have come or gone: from now on tokens start on these.
  mutating func resume(on alive: AliveRanks) {
    self.alive = alive
    sources = SourceSpread(ranks: alive.count, ranksPerNode: alive.ranksPerNode)
  }

  /// The same with where the tokens of another start.
  func starting(as other: RoutingSummary) -> RoutingSummary {
    var copy = self
    (copy.alive, copy.sources) = (other.alive, other.sources)
    return copy
  }

  /// Nil before the first step with tokens.
  package var tokensPerStep: Double? {
    visits > 0 ? visits / Double(header.layers * topK * steps) : nil
  }
}
