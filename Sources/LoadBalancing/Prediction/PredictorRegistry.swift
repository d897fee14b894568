import Diagnostics

/// The predictors that a policy file can name, each with how it is read from its section.
public enum Predictors {
  public typealias Reader = @Sendable (Settings, LoadHistory) throws -> PredictorRecipe

  public static let registry = Registry<Reader>(
    "predictor",
    [
      .init("last", "the last step again") { _, _ in LastStepPredictor.recipe },
      .init("moving-average", "the sum of the last steps", MovingAveragePredictor.recipe),
      .init("exponential", "all steps, the older the less", ExponentialPredictor.recipe),
      .init("historical", "a training set's distribution for ever", HistoricalPredictor.recipe),
      .init("learned", "the next step's tokens one by one, as the first steps taught", LearnedPredictor.recipe),
      .init("token-to-expert", "every coming visit, right with a stated probability", TokenToExpertPredictor.recipe),
      .init("oracle", "the load of the coming interval") { _, _ in OraclePredictor.recipe },
    ])

  static func recipe(_ settings: Settings, loadHistory: LoadHistory) throws -> PredictorRecipe {
    let recipe = try settings.choice("kind", of: registry)(settings, loadHistory)
    try settings.rejectUnknownKeys()
    return recipe
  }
}
