import Diagnostics

/// Expects the sum of the last `window` steps, as vLLM and SGLang do (1000 steps by default in both).
///
/// - Complexity: O(layers · experts) time per step; 4 bytes · window · layers · experts of memory, taken as steps come.
public struct MovingAveragePredictor: LoadPredictor {
  public let window: Int
  private var sum: ExpertLoad
  /// The steps of the window, a ring in which `oldest` is replaced next. Single precision holds counts below 2^24, and
  /// what leaves the sum is exactly what entered it.
  private var steps: [[Float]] = []
  private var oldest = 0

  /// - Parameter window: steps, at least 1.
  public init(window: Int, layers: Int, experts: Int) {
    precondition(window > 0)
    self.window = window
    sum = ExpertLoad(zeroFor: layers, experts: experts)
  }

  /// - Parameter window: steps, at least 1.
  public static func recipe(window: Int) -> PredictorRecipe {
    var recipe = PredictorRecipe { MovingAveragePredictor(window: window, layers: $0, experts: $1) }
    recipe.window = window
    return recipe
  }

  @Sendable static func recipe(_ settings: Settings, loadHistory: LoadHistory) throws -> PredictorRecipe {
    recipe(window: try settings.integer("window", in: 1...100_000))
  }

  public var isCausal: Bool { true }

  public mutating func observe(_ load: ExpertLoad) {
    let entering = load.values.map { Float($0) }
    let isFull = steps.count == window
    sum.move(in: entering, out: isFull ? steps[oldest] : nil)
    guard isFull else { return steps.append(entering) }
    steps[oldest] = entering
    oldest = oldest + 1 == window ? 0 : oldest + 1
  }

  public func predict() -> ExpertLoad? { steps.isEmpty ? nil : sum }

  public var span: Double { Double(steps.count) }

  /// - Complexity: O(window · layers · experts).
  public var windows: [ExpertLoad] {
    (steps[oldest...] + steps[..<oldest]).map { step in
      ExpertLoad(layers: sum.layers, experts: sum.experts, values: step.map { Double($0) })
    }
  }
}
