/// Tokens per expert and layer, `[layers][experts]`, measured or predicted.
public struct ExpertLoad: Equatable, Sendable {
  public let layers: Int
  public let experts: Int
  /// Layer-major.
  public var values: [Double]

  public init(layers: Int, experts: Int, values: [Double]) {
    precondition(values.count == layers * experts)
    self.layers = layers
    self.experts = experts
    self.values = values
  }

  public init(zeroFor layers: Int, experts: Int) {
    self.init(layers: layers, experts: experts, values: Array(repeating: 0, count: layers * experts))
  }

  public subscript(layer: Int) -> ArraySlice<Double> { values[layer * experts..<(layer + 1) * experts] }
}
