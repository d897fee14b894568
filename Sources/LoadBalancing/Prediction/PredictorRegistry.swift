import Diagnostics

/// How to make a predictor for a trace, and what it may look at.
struct PredictorRecipe: Sendable {
  /// False for a yardstick that looks at steps that are not over.
  var isCausal = true
  /// Whether it predicts before the first step is over.
  var knowsBeforeStart = false
  /// What predicting costs at run time, per step and layer.
  var overheadMicroseconds = 0.0
  /// Experts of a layer beyond which its tables would not fit.
  var maximumExperts = Int.max
  /// Another recording that it learned from, and that recording's name.
  var history: (name: String, load: ExpertLoad)?
  /// Makes a predictor for `(layers, experts)`.
  var make: @Sendable (Int, Int) -> any LoadPredictor
}

/// The predictors that a policy can name.
enum PredictorRegistry {
  private static let kinds: [String: @Sendable (Settings, LoadHistory) throws -> PredictorRecipe] = [
    "last": LastStepPredictor.recipe,
    "moving-average": MovingAveragePredictor.recipe,
    "exponential": ExponentialPredictor.recipe,
    "historical": HistoricalPredictor.recipe,
    "learned": LearnedPredictor.recipe,
    "token-to-expert": TokenToExpertPredictor.recipe,
    "oracle": OraclePredictor.recipe,
  ]

  static func recipe(_ settings: Settings, loadHistory: LoadHistory) throws -> PredictorRecipe {
    guard let read = kinds[try settings.choice("kind", of: kinds.keys)] else {
      preconditionFailure("a choice is one of the registry's keys")
    }
    let recipe = try read(settings, loadHistory)
    try settings.rejectUnknownKeys()
    return recipe
  }
}

/// Predicts nothing, for policies that never ask.
struct NoPredictor: LoadPredictor {
  var isCausal: Bool { true }
  mutating func observe(_ load: ExpertLoad) {}
  func predict() -> ExpertLoad? { nil }
}
