import Diagnostics

/// Expects the distribution of a training set for ever: the multinomial maximum likelihood p̂ = nᵢ/N in each layer,
/// which is MoE-GPS's distribution-only prediction (arXiv 2506.07366). Nothing is computed at run time.
///
/// The training set is another recording (`file`: a trace or a load matrix), or the first `steps` of this one.
public struct HistoricalPredictor: LoadPredictor {
  private var counts: ExpertLoad
  private var stepsToLearn: Int
  private var stepsOver = 0

  /// What another recording counted.
  public init(counts: ExpertLoad) {
    self.counts = counts
    stepsToLearn = 0
  }

  /// Learns from the first `steps` steps, at least 1, and predicts nothing before they are over.
  public init(steps: Int, layers: Int, experts: Int) {
    precondition(steps > 0)
    counts = ExpertLoad(zeroFor: layers, experts: experts)
    stepsToLearn = steps
  }

  /// What the first `steps` steps, at least 1, teach.
  public static func recipe(steps: Int) -> PredictorRecipe {
    PredictorRecipe { HistoricalPredictor(steps: steps, layers: $0, experts: $1) }
  }

  /// - Parameters:
  ///   - counts: what another recording counted.
  ///   - name: that recording's, for messages.
  public static func recipe(counts: ExpertLoad, of name: String) -> PredictorRecipe {
    PredictorRecipe(knowsBeforeStart: true, history: (name, counts)) { _, _ in HistoricalPredictor(counts: counts) }
  }

  @Sendable static func recipe(_ settings: Settings, loadHistory: LoadHistory) throws -> PredictorRecipe {
    let steps = try settings.optionalInteger("steps", in: 1...1_000_000)
    let file = try settings.contains("file") ? settings.path("file") : nil
    switch (steps, file) {
    case (let steps?, nil): return recipe(steps: steps)
    case (nil, let file?): return recipe(counts: try loadHistory(file), of: file)
    default:
      throw settings.error("expected either file, another recording, or steps, the first of this one")
    }
  }

  public var isCausal: Bool { true }

  public mutating func observe(_ load: ExpertLoad) {
    stepsOver += 1
    guard stepsToLearn > 0 else { return }
    counts += load
    stepsToLearn -= 1
  }

  public func predict() -> ExpertLoad? { stepsToLearn > 0 ? nil : counts }

  /// All steps that are over: the distribution of the first of them is taken to have held since.
  public var span: Double { Double(stepsOver) }
}
