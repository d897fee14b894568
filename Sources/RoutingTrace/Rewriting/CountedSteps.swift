import Diagnostics

/// The steps of a source, counted as a stage of work while they pass; see `WorkProgress`.
package final class CountedSteps: StepSource {
  package var header: TraceHeader { source.header }
  package var digest: String? { source.digest }
  package var origin: StepOrigin { source.origin }
  package var notes: [String] { source.notes }
  package var fraction: Double? { source.fraction }
  private let source: any StepSource
  private let counter: WorkCounter?

  /// - Parameter name: of the stage.
  package init(_ source: any StepSource, as name: String) {
    self.source = source
    counter = WorkProgress.begin(name, .steps)
  }

  deinit { counter?.end() }

  package func next() throws -> RoutingStep? {
    guard let step = try source.next() else {
      counter?.end()
      return nil
    }
    if let counter {
      counter.advance()
      counter.expect(source.fraction)
    }
    return step
  }
}
