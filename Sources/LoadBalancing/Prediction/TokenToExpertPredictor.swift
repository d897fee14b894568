import Diagnostics

/// A stand-in for MoE-GPS's token-to-expert prediction (arXiv 2506.07366): each visit of the coming steps is foreseen
/// right with probability `accuracy`, else drawn from the layer's distribution so far, or uniformly before the first
/// step.
///
/// Its run-time cost is the policy's `overheadMicroseconds` per step and layer.
///
/// - Complexity: O(visits) per plan, and for the largest O(layers · experts).
public final class TokenToExpertPredictor: ForesightPredictor {
  /// What is foreseen and not drawn yet: nobody may ask for it.
  private struct Coming {
    let load: ExpertLoad
    let past: ExpertLoad
    let visits: Int
  }

  private let stated: Double
  private let measuresAccuracy: Bool
  private let draws: ForeseenDraws
  /// Visits before those of `coming`, drawn or passed over.
  private var visitsBefore = 0
  private var past: ExpertLoad
  private var coming: Coming?
  private var predicted: ExpertLoad?
  private var visits = 0
  private var hits = 0

  /// - Parameter accuracy: 0…1.
  public convenience init(accuracy: Double, seed: UInt64, layers: Int, experts: Int) {
    self.init(
      accuracy: accuracy, measuresAccuracy: true, layers: layers, experts: experts,
      draws: ForeseenDraws(accuracy: accuracy, seed: seed))
  }

  /// - Parameters:
  ///   - measuresAccuracy: whether `accuracy` is asked for, which takes all draws; else only what is planned from is drawn.
  ///   - draws: shared by predictors that may have the same to draw.
  private init(accuracy: Double, measuresAccuracy: Bool, layers: Int, experts: Int, draws: ForeseenDraws) {
    precondition(0...1 ~= accuracy)
    stated = accuracy
    self.measuresAccuracy = measuresAccuracy
    self.draws = draws
    past = ExpertLoad(zeroFor: layers, experts: experts)
  }

  /// - Parameters:
  ///   - accuracy: 0…1.
  ///   - overheadMicroseconds: what predicting costs at run time, per step and layer.
  public static func recipe(
    accuracy: Double, seed: UInt64 = 0, overheadMicroseconds: Double = 0
  ) -> PredictorRecipe {
    recipe(accuracy: accuracy, seed: seed, overheadMicroseconds: overheadMicroseconds, measuresAccuracy: true)
  }

  /// The same predictions.
  ///
  /// - Parameter measuresAccuracy: whether `accuracy` is asked for; without, steps that nothing is planned from are not
  ///   drawn.
  package static func recipe(
    accuracy: Double, seed: UInt64 = 0, overheadMicroseconds: Double = 0, measuresAccuracy: Bool
  ) -> PredictorRecipe {
    let draws = ForeseenDraws(accuracy: accuracy, seed: seed)
    return PredictorRecipe(isCausal: false, knowsBeforeStart: true, overheadMicroseconds: overheadMicroseconds) {
      TokenToExpertPredictor(
        accuracy: accuracy, measuresAccuracy: measuresAccuracy, layers: $0, experts: $1, draws: draws)
    }
  }

  @Sendable static func recipe(_ settings: Settings, loadHistory: LoadHistory) throws -> PredictorRecipe {
    recipe(
      accuracy: try settings.number("accuracy", in: 0...1),
      seed: UInt64(try settings.optionalInteger("seed", in: 0...Int.max) ?? 0),
      overheadMicroseconds: try settings.optionalNumber("overheadMicroseconds", in: 0...1e9) ?? 0)
  }

  public var isCausal: Bool { false }
  public func observe(_ load: ExpertLoad) { past += load }

  public func predict() -> ExpertLoad? {
    draw()
    return predicted
  }

  /// A wrong guess may be right by chance, so that it is a little above what was stated.
  public var accuracy: Double? {
    guard measuresAccuracy else { return nil }
    draw()
    return visits > 0 ? Double(hits) / Double(visits) : nil
  }

  /// Visits of a plan that are drawn one by one; beyond that the guess is what draws come to on average.
  package static let visitsDrawn = Double(1 << 28)

  public func foresee(_ load: ExpertLoad) {
    if measuresAccuracy { draw() }
    if let coming { visitsBefore += coming.visits }
    coming = nil
    if load.values.reduce(0, +) > Self.visitsDrawn { return foreseeOnAverage(load) }
    coming = Coming(load: load, past: past, visits: ForeseenDraws.visits(of: load))
  }

  /// Draws what was foreseen last, if it was not drawn yet.
  private func draw() {
    guard let coming else { return }
    let drawn = draws.drawn(coming.load, past: coming.past, after: visitsBefore)
    self.coming = nil
    visitsBefore += coming.visits
    visits += coming.visits
    hits += drawn.hits
    predicted = drawn.guess
  }

  private func foreseeOnAverage(_ load: ExpertLoad) {
    var guess = ExpertLoad(zeroFor: load.layers, experts: load.experts)
    for layer in 0..<load.layers {
      let start = layer * load.experts
      let total = past[layer].reduce(0, +)
      let wrong = (1 - stated) * load[layer].reduce(0, +)
      for (expert, tokens) in load[layer].enumerated() {
        let share = total > 0 ? past.values[start + expert] / total : 1 / Double(load.experts)
        guess.values[start + expert] = (stated * tokens + wrong * share).rounded()
        visits += Int(tokens.rounded())
        hits += Int((tokens * (stated + (1 - stated) * share)).rounded())
      }
    }
    predicted = guess
  }
}
