import Diagnostics

/// Learns which experts tokens choose from the first steps of a trace, and predicts the tokens of the next step one by
/// one: MoE-GPS's token-to-expert prediction (arXiv 2506.07366), learned instead of stated.
///
/// Its plan serves the steps up to the next one, so it belongs with a short interval. How often its guess, a token's
/// top-k most likely experts, is right is measured on the steps after the prefix, on some tokens of each.
public final class LearnedPredictor: TokenPredictor {
  /// Tokens of a step on which the accuracy is measured, at most, evenly spread.
  public static let measuredTokens = 64

  private var model: any RoutingModel
  private var stepsToLearn: Int
  private var expected: ExpertLoad?
  private var scores: [Float]
  /// `[topK]` the experts that a token is thought to choose.
  private var guess: [Int] = []
  private var measured = 0
  private var hits = 0

  /// - Parameter steps: length of the training prefix, at least 1.
  public init(_ model: any RoutingModel, steps: Int, experts: Int) {
    precondition(steps > 0)
    self.model = model
    stepsToLearn = steps
    scores = Array(repeating: 0, count: experts)
  }

  public var isCausal: Bool { true }
  public var needsTokenIDs: Bool { model.needsTokenIDs }

  /// The load itself is not looked at: tokens are.
  public func observe(_ load: ExpertLoad) {}

  /// - Complexity: the model's training, or O(measured tokens · layers · (experts + its scores)).
  public func observe(_ tokens: RoutedTokens) {
    if stepsToLearn > 0 {
      model.train(tokens)
      stepsToLearn -= 1
      if stepsToLearn == 0 { model.finishTraining() }
    } else {
      measure(tokens)
    }
  }

  public func expect(_ tokens: RoutedTokens) {
    if stepsToLearn == 0 { expected = model.expectedLoad(of: tokens) }
  }

  public func predict() -> ExpertLoad? { expected }

  public var accuracy: Double? { measured > 0 ? Double(hits) / Double(measured) : nil }

  private func measure(_ tokens: RoutedTokens) {
    let count = min(Self.measuredTokens, tokens.count)
    for layer in 0..<tokens.layers {
      for sample in 0..<count {
        let token = sample * tokens.count / count
        if sample == 0 || model.tellsTokensApart {
          model.score(tokens, token: token, layer: layer, into: &scores)
          scores.findHighest(tokens.topK, into: &guess)
        }
        hits += tokens.experts(layer: layer, token: token).count { guess.contains(Int($0)) }
        measured += tokens.topK
      }
    }
  }
}

extension LearnedPredictor {
  /// - Parameters:
  ///   - model: what it learns, such as `RoutingModels.previousLayer`.
  ///   - steps: length of the training prefix, at least 1.
  ///   - overheadMicroseconds: what predicting costs at run time, per step and layer.
  public static func recipe(
    _ model: RoutingModelRecipe, steps: Int, overheadMicroseconds: Double = 0
  ) -> PredictorRecipe {
    PredictorRecipe(overheadMicroseconds: overheadMicroseconds, maximumExperts: model.maximumExperts) {
      LearnedPredictor(model.make($0, $1), steps: steps, experts: $1)
    }
  }

  /// `{kind: learned, given: nothing|previous-layer|token-id, steps: N, overheadMicroseconds: t}`.
  @Sendable static func recipe(_ settings: Settings, loadHistory: LoadHistory) throws -> PredictorRecipe {
    recipe(
      try settings.choice("given", of: RoutingModels.registry), steps: try settings.integer("steps", in: 1...1_000_000),
      overheadMicroseconds: try settings.optionalNumber("overheadMicroseconds", in: 0...1e9) ?? 0)
  }
}
