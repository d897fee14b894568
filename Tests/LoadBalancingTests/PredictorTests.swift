import LoadBalancing
import Randomness
import Testing

@Suite struct PredictorTests {
  @Test(arguments: [1, 2, 5, 40]) func movingAverageIsTheSumOfTheWindow(window: Int) {
    var generator = SeededGenerator(seed: 3)
    var predictor = MovingAveragePredictor(window: window, layers: 2, experts: 3)
    #expect(predictor.predict() == nil)
    var history: [[Double]] = []
    for _ in 0..<23 {
      history.append((0..<6).map { _ in Double(generator.below(100)) })
      predictor.observe(ExpertLoad(layers: 2, experts: 3, values: history[history.count - 1]))
      let sum = history.suffix(window).reduce(Array(repeating: 0.0, count: 6)) { zip($0, $1).map(+) }
      #expect(predictor.predict()?.values == sum)
      #expect(predictor.windows.map(\.values) == Array(history.suffix(window)))
    }
  }

  @Test func oraclePredictsWhatItWasTold() {
    var oracle = OraclePredictor()
    #expect(oracle.predict() == nil)
    let coming = ExpertLoad(layers: 1, experts: 2, values: [3, 4])
    oracle.foresee(coming)
    oracle.observe(ExpertLoad(layers: 1, experts: 2, values: [9, 9]))
    #expect(oracle.predict() == coming)
    #expect(!oracle.isCausal)
  }

  @Test func exponentialHalvesAStepsWeightEveryHalfLife() {
    var predictor = ExponentialPredictor(halfLife: 2, layers: 1, experts: 1)
    #expect(predictor.predict() == nil)
    for tokens in [16.0, 0, 0, 0, 8] { predictor.observe(ExpertLoad(layers: 1, experts: 1, values: [tokens])) }
    #expect(abs((predictor.predict()?.values[0] ?? 0) - 12) < 1e-9)
  }

  @Test func lastStepIsExpectedAgain() {
    var predictor = LastStepPredictor()
    predictor.observe(ExpertLoad(layers: 1, experts: 1, values: [3]))
    predictor.observe(ExpertLoad(layers: 1, experts: 1, values: [5]))
    #expect(predictor.predict()?.values == [5])
  }

  @Test func historicalLearnsFromThePrefixOnly() {
    var predictor = HistoricalPredictor(steps: 2, layers: 1, experts: 2)
    for tokens in [[1.0, 2], [3, 4], [100, 100]] {
      predictor.observe(ExpertLoad(layers: 1, experts: 2, values: tokens))
      #expect((predictor.predict() == nil) == (tokens == [1, 2]))
    }
    #expect(predictor.predict()?.values == [4, 6])
  }

  /// How long the past was added up.
  @Test func aPredictionSpeaksForAsManyStepsAsItAddsUp() {
    func spans(_ recipe: PredictorRecipe) -> [Double] {
      var predictor = recipe.make(1, 2)
      return [predictor.span]
        + (0..<5).map { _ in
          predictor.observe(ExpertLoad(layers: 1, experts: 2, values: [3, 4]))
          return predictor.span
        }
    }
    #expect(spans(LastStepPredictor.recipe) == [0, 1, 1, 1, 1, 1])
    #expect(spans(MovingAveragePredictor.recipe(window: 3)) == [0, 1, 2, 3, 3, 3])
    #expect(spans(HistoricalPredictor.recipe(steps: 2)) == [0, 1, 2, 3, 4, 5])
    #expect(spans(OraclePredictor.recipe) == Array(repeating: 0, count: 6))
    // Weights 1, ½ and ¼: (7/4)² / (21/16).
    let exponential = spans(ExponentialPredictor.recipe(halfLife: 1))
    #expect(exponential[0] == 0 && exponential[1] == 1)
    #expect(abs(exponential[3] - 49.0 / 21) < 1e-12)
  }

  @Test func tokenToExpertIsRightAsOftenAsItSays() throws {
    let coming = ExpertLoad(layers: 1, experts: 4, values: [0, 40_000, 0, 0])
    for accuracy in [0.0, 0.6, 1] {
      let predictor = TokenToExpertPredictor(accuracy: accuracy, seed: 1, layers: 1, experts: 4)
      predictor.foresee(coming)
      let guess = try #require(predictor.predict())
      #expect(guess.values.reduce(0, +) == 40_000)
      // The wrong quarter lands on the right expert by chance.
      #expect(abs(guess.values[1] / 40_000 - (accuracy + (1 - accuracy) / 4)) < 0.01)
    }
  }

  @Test("More visits than can be drawn come out as draws do on average", arguments: [0.0, 0.5, 1])
  func foreseesCountsOfAnySize(accuracy: Double) throws {
    let tokens = 0x1p40
    let predictor = TokenToExpertPredictor(accuracy: accuracy, seed: 1, layers: 2, experts: 4)
    predictor.observe(ExpertLoad(layers: 2, experts: 4, values: [1, 1, 2, 4, 0, 0, 0, 1]))
    predictor.foresee(ExpertLoad(layers: 2, experts: 4, values: [tokens, 0, 0, 0, 0, tokens, 0, 0]))
    let guess = try #require(predictor.predict())
    let wrong = (1 - accuracy) * tokens
    #expect(guess.values[..<4] == [accuracy * tokens + wrong / 8, wrong / 8, wrong / 4, wrong / 2])
    #expect(guess.values[4...] == [0, accuracy * tokens, 0, wrong])
    let stated = try #require(predictor.accuracy)
    #expect(abs(stated - (accuracy + (1 - accuracy) / 16)) < 1e-9)
  }

  /// Without its accuracy only what is planned from is drawn, and comes out the same.
  @Test func tokenToExpertPassesOverWhatNobodyAsksFor() throws {
    var generator = SeededGenerator(seed: 4)
    let loads = (0..<30).map { _ in
      ExpertLoad(layers: 2, experts: 4, values: (0..<8).map { _ in Double(generator.below(30)) })
    }
    for accuracy in [0.0, 0.3, 0.9, 1] {
      let recipe = TokenToExpertPredictor.recipe(accuracy: accuracy, seed: 5, measuresAccuracy: false)
      let all = try #require(
        TokenToExpertPredictor.recipe(accuracy: accuracy, seed: 5).make(2, 4) as? TokenToExpertPredictor)
      let some = try (0..<2).map { _ in try #require(recipe.make(2, 4) as? TokenToExpertPredictor) }
      for (step, load) in loads.enumerated() {
        let every = [all] + some
        for predictor in every { predictor.foresee(load) }
        // The two ask at different steps, and one of them for what lies before what the other asked for.
        if step % 5 == 0 { #expect(some[0].predict() == all.predict()) }
        if step % 7 == 3 { #expect(some[1].predict() == all.predict()) }
        for predictor in every { predictor.observe(load) }
      }
      #expect(all.accuracy != nil && some.allSatisfy { $0.accuracy == nil })
    }
  }
}
