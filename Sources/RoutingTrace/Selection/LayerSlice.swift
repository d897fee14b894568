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
    header = try source.header.reduced(to: layers)
    self.source = source
    self.layers = layers
  }

  public func next() throws -> RoutingStep? {
    try source.next()?.reduced(to: layers, of: source.header.layers)
  }
}

extension TraceHeader {
  /// Of a trace that has these layers alone; the same when nil.
  ///
  /// - Throws: `InputError` (usage) if there are no such layers.
  func reduced(to layers: Range<Int>?) throws(InputError) -> TraceHeader {
    guard let layers else { return self }
    let available = 0..<self.layers
    guard !layers.isEmpty, available.contains(layers) else {
      throw InputError(
        "--layers \(layers.lowerBound):\(layers.upperBound), but the trace has MoE layers 0:\(available.count)",
        status: .usage)
    }
    var header = self
    header.layerNumbers = Array(layerNumbers[layers])
    return header
  }
}

extension RoutingStep {
  /// The step in these layers alone.
  ///
  /// - Parameter count: layers that it has.
  func reduced(to layers: Range<Int>, of count: Int) -> RoutingStep {
    func slice<Element>(_ values: [Element]) -> [Element] {
      let perLayer = values.count / count
      return Array(values[layers.lowerBound * perLayer..<layers.upperBound * perLayer])
    }
    var step = self
    step.experts = slice(experts)
    step.weights = weights.map(slice)
    step.counts = slice(counts)
    step.hasDropped = hasDropped && step.experts.contains(Self.dropped)
    return step
  }
}
