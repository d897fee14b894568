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
}
