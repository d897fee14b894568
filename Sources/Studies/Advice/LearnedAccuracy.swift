import LoadBalancing
import RoutingTrace

/// How often a token's experts can be foreseen on this trace: the visits that predictors learned on the first half of the
/// steps get right on the second; see `LearnedPredictor`.
public struct LearnedAccuracy: Codable, Equatable, Sendable {
  /// Always guessing the most popular experts of the layer.
  public var frequency: Double
  /// Guessing from the token's experts in the layer before.
  public var previousLayer: Double
  /// Guessing from the token's vocabulary id; nil when the trace has none.
  public var tokenID: Double?

  /// The best of them.
  public var best: Double { max(frequency, previousLayer, tokenID ?? 0) }

  /// - Parameter open: gives the trace's steps from the first; asked twice.
  /// - Returns: nil for counts, for traces of fewer than two steps, and beyond `Coactivation.maximumExperts`.
  public init?(topK: Int, open: () throws -> any StepSource) throws {
    let first = try open()
    let (layers, experts) = (first.header.layers, first.header.experts)
    guard first.header.content == .tokens, experts <= Coactivation.maximumExperts else { return nil }
    var steps = 0
    var hasTokenIDs = true
    while let step = try first.next() {
      steps += 1
      hasTokenIDs = hasTokenIDs && step.tokenIDs != nil
    }
    guard steps > 1 else { return nil }
    var models: [any RoutingModel] = [
      FrequencyModel(layers: layers, experts: experts), PreviousLayerModel(layers: layers, experts: experts),
    ]
    if hasTokenIDs { models.append(TokenIDModel(layers: layers, experts: experts)) }
    let predictors = models.map { LearnedPredictor($0, steps: steps / 2, experts: experts) }
    let source = try open()
    while let step = try source.next() {
      let tokens = RoutedTokens(layers: layers, topK: topK, experts: step.experts, tokenIDs: step.tokenIDs)
      for predictor in predictors { predictor.observe(tokens) }
    }
    guard let frequency = predictors[0].accuracy, let previousLayer = predictors[1].accuracy else { return nil }
    self.frequency = frequency
    self.previousLayer = previousLayer
    tokenID = predictors.dropFirst(2).first?.accuracy
  }
}
