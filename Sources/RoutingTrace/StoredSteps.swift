import Diagnostics

/// Steps that are already in memory: made in code, or read before.
///
///     let header = TraceHeader(name: "mine", content: .tokens, layerNumbers: [0], experts: 8, topK: 2)
///     let step = RoutingStep(number: 0, phase: .decode, tokens: 2, experts: [1, 5, 2, 7])
///     let steps = StoredSteps(header: header, steps: [step])
public final class StoredSteps: StepSource {
  public let header: TraceHeader
  public var fraction: Double? { count == 0 ? nil : 1 - Double(rest.count) / Double(count) }
  private var rest: ArraySlice<RoutingStep>
  private let count: Int

  public init(header: TraceHeader, steps: [RoutingStep]) {
    self.header = header
    rest = steps[...]
    count = steps.count
  }

  /// - Throws: `InputError` for a header that no trace can have, or a step that does not fit it.
  public func next() throws -> RoutingStep? {
    guard let step = rest.popFirst() else { return nil }
    try header.validate()
    try step.validate(against: header)
    return step
  }
}
