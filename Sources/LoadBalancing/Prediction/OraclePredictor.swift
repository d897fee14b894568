/// A predictor that is told what will happen.
public protocol ForesightPredictor: LoadPredictor {
  /// Takes in the load of the steps that the next plan will serve: until the next rebalance, or to the trace's end.
  mutating func foresee(_ load: ExpertLoad)
}

/// Knows the load of the coming interval: what perfect prediction of the distribution would be worth.
public struct OraclePredictor: ForesightPredictor {
  private var coming: ExpertLoad?

  public init() {}

  public static let recipe = PredictorRecipe(isCausal: false, knowsBeforeStart: true) { _, _ in OraclePredictor() }

  public var isCausal: Bool { false }
  public mutating func foresee(_ load: ExpertLoad) { coming = load }
  public mutating func observe(_ load: ExpertLoad) {}
  public func predict() -> ExpertLoad? { coming }
}
