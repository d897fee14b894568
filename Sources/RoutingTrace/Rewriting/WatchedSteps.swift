/// The steps of a source, each shown to an observer as it passes, so that figures of a trace need no reading of their own.
public final class WatchedSteps: StepSource {
  public var header: TraceHeader { source.header }
  public var digest: String? { source.digest }
  public var origin: StepOrigin { source.origin }
  public var notes: [String] { source.notes }
  public var fraction: Double? { source.fraction }
  private let source: any StepSource
  private let observe: (RoutingStep) -> Void

  public init(_ source: any StepSource, observe: @escaping (RoutingStep) -> Void) {
    self.source = source
    self.observe = observe
  }

  public func next() throws -> RoutingStep? {
    let step = try source.next()
    if let step { observe(step) }
    return step
  }
}
