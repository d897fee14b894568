/// The tokens of one step as a predictor that follows them sees them.
public struct RoutedTokens: Sendable {
  public let layers: Int
  public let topK: Int
  /// Tokens of the step.
  public let count: Int
  /// `[layers][count][topK]` expert ids.
  public let experts: [UInt16]
  /// `[count]` vocabulary ids, if the trace has them.
  public let tokenIDs: [UInt32]?

  public init(layers: Int, topK: Int, experts: [UInt16], tokenIDs: [UInt32]? = nil) {
    precondition(layers > 0 && topK > 0 && experts.count % (layers * topK) == 0)
    self.layers = layers
    self.topK = topK
    self.experts = experts
    self.tokenIDs = tokenIDs
    count = experts.count / (layers * topK)
  }

  /// `[topK]` experts of one token in one layer.
  func experts(layer: Int, token: Int) -> ArraySlice<UInt16> {
    let start = (layer * count + token) * topK
    return experts[start..<start + topK]
  }

  /// `[count][topK]` experts of one layer.
  func experts(layer: Int) -> ArraySlice<UInt16> {
    experts[layer * count * topK..<(layer + 1) * count * topK]
  }
}

/// A predictor that looks at tokens one by one, not only at their number.
public protocol TokenPredictor: LoadPredictor {
  /// Whether it needs every token's vocabulary id.
  var needsTokenIDs: Bool { get }
  /// Takes in the tokens of a step that is over.
  mutating func observe(_ tokens: RoutedTokens)
  /// Takes in the tokens of the step that comes next. Of them it may use what is known when a layer's placement has to
  /// be decided: their vocabulary ids, and their experts in the layers before.
  mutating func expect(_ tokens: RoutedTokens)
}
