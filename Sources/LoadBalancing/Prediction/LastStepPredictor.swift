/// Expects the last step again.
public struct LastStepPredictor: LoadPredictor {
  private var last: ExpertLoad?

  public init() {}

  public static let recipe = PredictorRecipe { _, _ in LastStepPredictor() }

  public var isCausal: Bool { true }
  public mutating func observe(_ load: ExpertLoad) { last = load }
  public func predict() -> ExpertLoad? { last }
  public var windows: [ExpertLoad] { last.map { [$0] } ?? [] }
  public var span: Double { last == nil ? 0 : 1 }
}
