import RoutingTrace

/// The first steps of a source, after some that are left out.
final class FirstSteps: StepSource {
  private let source: any StepSource
  private var left: Int

  init(_ count: Int, of source: any StepSource, leavingOut: Int = 0) {
    self.source = source
    left = count
    for _ in 0..<leavingOut { _ = try? source.next() }
  }

  var header: TraceHeader { source.header }

  func next() throws -> RoutingStep? {
    guard left > 0 else { return nil }
    left -= 1
    return try source.next()
  }
}
