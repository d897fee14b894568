import LoadBalancing
import RoutingTrace

/// A second reading of the trace that runs ahead of the replay, for yardsticks that may know the future.
package final class Foresight {
  private let source: any StepSource
  private var position = 0

  package init(reading source: any StepSource) {
    self.source = source
  }

  /// The load of the steps from `first` up to `end`, or to the trace's end; later calls start no earlier.
  package func load(from first: Int, to end: Int?) throws -> ExpertLoad {
    var nothing: RoutingSummary?
    return try load(from: first, to: end, summary: &nothing)
  }

  /// The same, and a summary of those steps unless it is nil.
  func load(from first: Int, to end: Int?, summary: inout RoutingSummary?) throws -> ExpertLoad {
    var sum = ExpertLoad(zeroFor: source.header.layers, experts: source.header.experts)
    while position < end ?? .max, let step = try source.next() {
      if position >= first {
        sum.add(step)
        summary?.add(step)
      }
      position += 1
    }
    return sum
  }
}
