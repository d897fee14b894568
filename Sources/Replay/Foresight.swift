import LoadBalancing
import RoutingTrace

/// A second reading of the trace that runs ahead of the replay, for yardsticks that may know the future.
package final class Foresight {
  private let source: any StepSource
  private var position = 0

  package init(reading source: any StepSource) {
    self.source = source
  }

  /// The load of the steps from `first` on, until `isOver` says so of the number of steps read, or the trace ends.
  package func load(from first: Int, until isOver: (Int) -> Bool) throws -> ExpertLoad {
    var sum = ExpertLoad(zeroFor: source.header.layers, experts: source.header.experts)
    while position <= first || !isOver(position), let step = try source.next() {
      if position >= first { sum.add(step) }
      position += 1
    }
    return sum
  }
}
