/// Steps that are already in memory.
package final class StoredSteps: StepSource {
  package let header: TraceHeader
  private var rest: ArraySlice<RoutingStep>

  package init(header: TraceHeader, steps: [RoutingStep]) {
    self.header = header
    rest = steps[...]
  }

  package func next() throws -> RoutingStep? { rest.popFirst() }
}
