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
}

/// Learns and measures while a trace passes by.
package final class AccuracyMeasurement {
  private let header: TraceHeader
  private let topK: Int
  private let predictors: [LearnedPredictor]

  /// Nil for counts, for traces of fewer than two steps, and beyond `Coactivation.maximumExperts`.
  package init?(for survey: TraceSurvey, topK: Int) {
    header = survey.header
    self.topK = topK
    let (layers, experts) = (header.layers, header.experts)
    guard header.content == .tokens, experts <= Coactivation.maximumExperts, survey.steps > 1 else { return nil }
    var models: [any RoutingModel] = [
      FrequencyModel(layers: layers, experts: experts), PreviousLayerModel(layers: layers, experts: experts),
    ]
    if survey.hasTokenIDs { models.append(TokenIDModel(layers: layers, experts: experts)) }
    predictors = models.map { LearnedPredictor($0, steps: survey.steps / 2, experts: experts) }
  }

  /// Takes in all steps of the surveyed trace, one after another.
  package func observe(_ step: RoutingStep) {
    // Predictors guess all of a token's experts: steps with fewer are left out.
    guard !step.hasDropped else { return }
    let tokens = RoutedTokens(layers: header.layers, topK: topK, experts: step.experts, tokenIDs: step.tokenIDs)
    for predictor in predictors { predictor.observe(tokens) }
  }

  /// Nil before the second half.
  package var result: LearnedAccuracy? {
    guard let frequency = predictors[0].accuracy, let previousLayer = predictors[1].accuracy else { return nil }
    return LearnedAccuracy(
      frequency: frequency, previousLayer: previousLayer, tokenID: predictors.dropFirst(2).first?.accuracy)
  }
}
