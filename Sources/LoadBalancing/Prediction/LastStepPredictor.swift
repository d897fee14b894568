import Diagnostics

/// Expects the last step again.
public struct LastStepPredictor: LoadPredictor {
  private var last: ExpertLoad?

  public init() {}

  static func recipe(_ settings: Settings, loadHistory: LoadHistory) throws(InputError) -> PredictorRecipe {
    PredictorRecipe { _, _ in LastStepPredictor() }
  }

  public var isCausal: Bool { true }
  public mutating func observe(_ load: ExpertLoad) { last = load }
  public func predict() -> ExpertLoad? { last }
}
