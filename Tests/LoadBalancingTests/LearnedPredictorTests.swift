import LoadBalancing
import Randomness
import Testing

@Suite struct LearnedPredictorTests {
  static let layers = 3
  static let experts = 8
  static let topK = 2

  /// Tokens whose experts follow from their id in the first layer and from the layer before in the others, but for one
  /// visit in five, which is drawn.
  static func tokens(_ count: Int, generator: inout SeededGenerator, ids: Range<Int> = 0..<6) -> RoutedTokens {
    let chosenIDs = (0..<count).map { _ in UInt32(ids.lowerBound + generator.below(ids.count)) }
    var experts: [UInt16] = []
    for layer in 0..<layers {
      for token in 0..<count {
        let before = layer == 0 ? Int(chosenIDs[token]) : Int(experts[((layer - 1) * count + token) * topK])
        var first = (before * 3 + layer) % Self.experts
        if generator.below(5) == 0 { first = generator.below(Self.experts) }
        experts += [UInt16(first), UInt16((first + 1 + before % 2) % Self.experts)]
      }
    }
    return RoutedTokens(layers: layers, topK: topK, experts: experts, tokenIDs: chosenIDs)
  }

  static func models() -> [any RoutingModel] {
    [
      FrequencyModel(layers: layers, experts: experts), PreviousLayerModel(layers: layers, experts: experts),
      TokenIDModel(layers: layers, experts: experts),
    ]
  }

  /// Experts of every training token with the same context as this one; all tokens of the layer if there is none.
  private static func naive(
    _ training: [RoutedTokens], _ tokens: RoutedTokens, token: Int, layer: Int, model: Int
  ) -> [Double] {
    func chosen(_ step: RoutedTokens, _ layer: Int, _ token: Int) -> [Int] {
      let start = (layer * step.count + token) * topK
      return step.experts[start..<start + topK].map(Int.init)
    }
    func distribution(where isAlike: (RoutedTokens, Int) -> Int) -> [Double]? {
      var counts = Array(repeating: 0.0, count: experts)
      for step in training {
        for other in 0..<step.count {
          for expert in chosen(step, layer, other) { counts[expert] += Double(isAlike(step, other)) }
        }
      }
      let sum = counts.reduce(0, +)
      return sum > 0 ? counts.map { $0 / sum } : nil
    }
    let frequency = distribution { _, _ in 1 } ?? []
    switch model {
    case 1 where layer > 0:
      var sum = Array(repeating: 0.0, count: experts)
      for before in chosen(tokens, layer - 1, token) {
        let row = distribution { step, other in chosen(step, layer - 1, other).contains(before) ? 1 : 0 } ?? frequency
        for expert in 0..<experts { sum[expert] += row[expert] / Double(topK) }
      }
      return sum
    case 2:
      return distribution { step, other in step.tokenIDs?[other] == tokens.tokenIDs?[token] ? 1 : 0 } ?? frequency
    default: return frequency
    }
  }

  @Test(arguments: 0..<3) func expectedLoadIsTheSumOfTheTokensDistributions(_ index: Int) {
    var generator = SeededGenerator(seed: 11)
    var model = Self.models()[index]
    let training = (0..<4).map { _ in Self.tokens(25, generator: &generator) }
    for step in training { model.train(step) }
    model.finishTraining()
    let tokens = Self.tokens(17, generator: &generator, ids: 3..<9)
    let load = model.expectedLoad(of: tokens)
    for layer in 0..<Self.layers {
      var sum = Array(repeating: 0.0, count: Self.experts)
      for token in 0..<tokens.count {
        let row = Self.naive(training, tokens, token: token, layer: layer, model: index)
        for expert in sum.indices { sum[expert] += row[expert] * Double(Self.topK) }
      }
      for (found, expected) in zip(load[layer], sum) { #expect(abs(found - expected) < 1e-4) }
    }
  }

  @Test func whatIsKnownOfATokenMakesTheGuessBetter() throws {
    var generator = SeededGenerator(seed: 5)
    let predictors = Self.models().map { LearnedPredictor($0, steps: 10, experts: Self.experts) }
    for _ in 0..<40 {
      let tokens = Self.tokens(50, generator: &generator)
      for predictor in predictors { predictor.observe(tokens) }
    }
    let accuracies = try predictors.map { try #require($0.accuracy) }
    #expect(accuracies[0] < 0.5)
    #expect(accuracies[1] > accuracies[0] + 0.1)
    #expect(accuracies[2] > accuracies[0] + 0.1)
  }

  /// In the first layer the id decides four visits in five, and the fifth is right by chance one time in eight.
  @Test func accuracyIsThePartOfVisitsForeseen() throws {
    var generator = SeededGenerator(seed: 6)
    let predictor = LearnedPredictor(TokenIDModel(layers: 1, experts: 8), steps: 20, experts: 8)
    for _ in 0..<200 {
      let count = 50
      let ids = (0..<count).map { _ in UInt32(generator.below(5)) }
      let experts = ids.map { UInt16(generator.below(5) == 0 ? generator.below(8) : Int($0)) }
      predictor.observe(RoutedTokens(layers: 1, topK: 1, experts: experts, tokenIDs: ids))
    }
    #expect(abs(try #require(predictor.accuracy) - 0.825) < 0.01)
  }

  @Test func nothingIsPredictedNorMeasuredDuringThePrefixAndNothingLearnedAfterIt() {
    var generator = SeededGenerator(seed: 8)
    let predictor = LearnedPredictor(FrequencyModel(layers: 3, experts: 8), steps: 2, experts: 8)
    let steps = (0..<4).map { _ in Self.tokens(20, generator: &generator) }
    for step in steps.prefix(2) {
      predictor.expect(step)
      #expect(predictor.predict() == nil)
      predictor.observe(step)
      #expect(predictor.accuracy == nil)
    }
    predictor.expect(steps[3])
    let before = predictor.predict()
    var model = FrequencyModel(layers: 3, experts: 8)
    for step in steps.prefix(2) { model.train(step) }
    model.finishTraining()
    #expect(before == model.expectedLoad(of: steps[3]))
    predictor.observe(steps[2])
    predictor.expect(steps[3])
    #expect(before != nil && predictor.predict() == before)
    #expect(predictor.accuracy != nil)
  }

  /// Counts stay exact beyond what 32 bits hold.
  @Test func countsMoreThanAWordHolds() {
    var counts = ConditionalCounts(rows: 2, experts: 2)
    for _ in 0..<3 {
      counts.count(most: 3 << 30) { visits in
        visits[0] += 3 << 30
        visits[1] += 1 << 30
        visits[3] += 1
      }
    }
    counts.normalise()
    #expect(counts.distribution == [0.75, 0.25, 0, 1])
  }
}
