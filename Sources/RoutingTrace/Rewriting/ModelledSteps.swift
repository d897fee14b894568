import Diagnostics

/// The steps of a recording of a known model, which completes what the recording does not say: the top-k of counts, by
/// which their tokens are counted, and the numbers of layers that were counted from 0.
public final class ModelledSteps: StepSource {
  public let header: TraceHeader
  public var origin: StepOrigin { source.origin }
  public var notes: [String] { source.notes }
  public var fraction: Double? { source.fraction }
  private let source: any StepSource
  private let countsTokens: Bool

  /// - Throws: `InputError` (usage) when the recording has other experts or another top-k than the model.
  public init(_ source: any StepSource, of model: RoutedModel) throws(InputError) {
    var header = source.header
    try model.check(experts: header.experts, topK: header.topK, of: "trace '\(header.name)'")
    countsTokens = header.content == .counts && header.topK == nil
    header.topK = model.topK
    // Layers that were picked or made up by hand keep the numbers that they have.
    if let numbers = try? model.numbers(of: header.layerNumbers) { header.layerNumbers = numbers }
    self.header = header
    self.source = source
  }

  public func next() throws -> RoutingStep? {
    guard var step = try source.next() else { return nil }
    if countsTokens { step.tokens = RoutingStep.tokens(ofCounts: step.counts, header: header) }
    return step
  }
}
