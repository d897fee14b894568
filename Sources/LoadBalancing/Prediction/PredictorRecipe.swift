/// How to make a predictor for a trace, and what it may look at.
///
/// Every predictor has a `recipe` of its own. For one that is not among ours:
///
///     PredictorRecipe { layers, experts in MyPredictor(layers: layers, experts: experts) }
public struct PredictorRecipe: Sendable {
  /// False for a yardstick that looks at steps that are not over.
  public var isCausal: Bool
  /// Whether it predicts before the first step is over.
  public var knowsBeforeStart: Bool
  /// What predicting costs at run time, per step and layer.
  public var overheadMicroseconds: Double
  /// Experts of a layer beyond which its tables would not fit.
  public var maximumExperts: Int
  /// Another recording that it learned from, and that recording's name.
  public var history: (name: String, load: ExpertLoad)?
  /// Steps that it adds up, of a moving average.
  public var window: Int?
  /// Makes a predictor for `(layers, experts)`.
  public var make: @Sendable (_ layers: Int, _ experts: Int) -> any LoadPredictor

  public init(
    isCausal: Bool = true, knowsBeforeStart: Bool = false, overheadMicroseconds: Double = 0,
    maximumExperts: Int = .max, history: (name: String, load: ExpertLoad)? = nil,
    make: @escaping @Sendable (_ layers: Int, _ experts: Int) -> any LoadPredictor
  ) {
    self.isCausal = isCausal
    self.knowsBeforeStart = knowsBeforeStart
    self.overheadMicroseconds = overheadMicroseconds
    self.maximumExperts = maximumExperts
    self.history = history
    self.make = make
  }
}

/// Predicts nothing, for policies that never ask.
struct NoPredictor: LoadPredictor {
  var isCausal: Bool { true }
  mutating func observe(_ load: ExpertLoad) {}
  func predict() -> ExpertLoad? { nil }
}
