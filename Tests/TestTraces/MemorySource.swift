import RoutingTrace

/// Steps held in memory.
package final class MemorySource: StepSource {
  package let header: TraceHeader
  private var steps: ArraySlice<RoutingStep>

  package init(header: TraceHeader, steps: [RoutingStep]) {
    self.header = header
    self.steps = steps[...]
  }

  package func next() -> RoutingStep? { steps.popFirst() }
}
