import Diagnostics
import Foundation

/// Expects an exponentially weighted sum of all steps: a step counts half as much as one `halfLife` steps later.
///
/// - Complexity: O(layers · experts) time per step and memory.
public struct ExponentialPredictor: LoadPredictor {
  private let decay: Double
  private var sum: ExpertLoad
  /// Of the steps' weights, and of their squares.
  private var weight = 0.0
  private var squares = 0.0

  /// - Parameter halfLife: steps, above 0.
  public init(halfLife: Double, layers: Int, experts: Int) {
    precondition(halfLife > 0)
    decay = pow(0.5, 1 / halfLife)
    sum = ExpertLoad(zeroFor: layers, experts: experts)
  }

  /// - Parameter halfLife: steps, above 0.
  public static func recipe(halfLife: Double) -> PredictorRecipe {
    PredictorRecipe { ExponentialPredictor(halfLife: halfLife, layers: $0, experts: $1) }
  }

  @Sendable static func recipe(_ settings: Settings, loadHistory: LoadHistory) throws -> PredictorRecipe {
    recipe(halfLife: try settings.number("halfLife", in: 0.01...1e6))
  }

  public var isCausal: Bool { true }

  public mutating func observe(_ load: ExpertLoad) {
    for index in load.values.indices { sum.values[index] = sum.values[index] * decay + load.values[index] }
    weight = weight * decay + 1
    squares = squares * decay * decay + 1
  }

  public func predict() -> ExpertLoad? { weight > 0 ? sum : nil }

  /// As many equal weights would make as steady a sum (Kish's effective sample size): 2.9
  /// half-lives in the long run.
  public var span: Double { weight > 0 ? weight * weight / squares : 0 }
}
