import Diagnostics
import RoutingTrace

/// Consecutive steps that are decoded once and broadcast to every policy under test.
package struct StepBatch: Sendable {
  package struct Step: Sendable {
    let routing: RoutingStep
    let bounds = StepBounds()
    /// Where its tokens start, by each choice that those who replay it have made.
    private let starts: [(assignment: SourceAssignment, sources: SourceRanks)]

    init(_ routing: RoutingStep, in header: TraceHeader, by assignments: [SourceAssignment]) throws(InputError) {
      self.routing = routing
      starts = try assignments.map { assignment throws(InputError) in
        (assignment, try assignment.ranks(of: routing, in: header))
      }
    }

    /// - Precondition: `assignment` is one of those that the batch was read with.
    func sources(by assignment: SourceAssignment) -> SourceRanks {
      guard let start = starts.first(where: { $0.assignment == assignment }) else {
        preconditionFailure("a batch was read without these sources")
      }
      return start.sources
    }
  }

  /// Ordinal of the first step in the replay.
  let first: Int
  let steps: [Step]

  package var count: Int { steps.count }

  /// Gives steps back to who read them, all but the last, which policies may look back at.
  func giveBack(to source: any StepSource) { for step in steps.dropLast() { source.giveBack(step.routing) } }

  /// Visits, and expert counters, that a batch may hold: enough to occupy the threads, little enough to stay small.
  static let maximumVisits = 2 << 20
  static let maximumCounters = 2 << 20

  /// The next steps of `source`, nil at its end.
  ///
  /// - Parameter assignments: of all settings that the batch is replayed on, each once.
  package init?(readingFrom source: any StepSource, first: Int, sources assignments: [SourceAssignment]) throws {
    let header = source.header
    var steps = [Step]()
    var visits = 0
    // The first batch is small, so that a replay begins early.
    let maximumVisits = first == 0 ? Self.maximumVisits / 4 : Self.maximumVisits
    while visits < maximumVisits, steps.count * header.layers * header.experts < Self.maximumCounters,
      let routing = try source.next()
    {
      visits += routing.experts.count
      steps.append(try Step(routing, in: header, by: assignments))
    }
    if steps.isEmpty { return nil }
    self.first = first
    self.steps = steps
  }
}
