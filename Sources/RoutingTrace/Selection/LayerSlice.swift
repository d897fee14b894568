import Diagnostics

/// The steps of a source, reduced to some of its MoE layers.
public final class LayerSlice: StepSource {
  public let header: TraceHeader
  public var digest: String? { source.digest }
  public var origin: StepOrigin { source.origin }
  public var notes: [String] { source.notes }
  public var fraction: Double? { source.fraction }
  private let source: any StepSource
  private let layers: Range<Int>

  /// - Parameter layers: indices of MoE layers in the trace, 0-based.
  /// - Throws: `InputError` (usage) if the trace has no such layers.
  public init(_ layers: Range<Int>, of source: any StepSource) throws(InputError) {
    let available = 0..<source.header.layers
    guard !layers.isEmpty, available.contains(layers) else {
      throw InputError(
        "--layers \(layers.lowerBound):\(layers.upperBound), but the trace has MoE layers 0:\(available.count)",
        status: .usage)
    }
    var header = source.header
    header.layerNumbers = Array(header.layerNumbers[layers])
    self.header = header
    self.source = source
    self.layers = layers
  }

  public func next() throws -> RoutingStep? {
    guard var step = try source.next() else { return nil }
    step.experts = slice(step.experts)
    step.weights = step.weights.map(slice)
    step.counts = slice(step.counts)
    step.hasDropped = step.hasDropped && step.experts.contains(RoutingStep.dropped)
    return step
  }

  private func slice<Element>(_ values: [Element]) -> [Element] {
    let perLayer = values.count / source.header.layers
    return Array(values[layers.lowerBound * perLayer..<layers.upperBound * perLayer])
  }
}
