import PerformanceModel
import Replay
import RoutingTrace
import TestTraces
import Testing

@Suite struct PolicyTotalsTests {
  static func step(_ microseconds: Double) -> [LayerOutcome] {
    var outcome = LayerOutcome()
    outcome.time = LayerTime(dispatch: microseconds, experts: 0, combine: 0)
    return [outcome]
  }

  @Test func blockingMovesDelayTheNextStep() {
    var totals = PolicyTotals()
    totals.add(Self.step(10), overlap: .none)
    totals.beginRebalance()
    totals.move(ExpertSources(peers: 3), expertBytes: 10, stall: 5)
    totals.add(Self.step(10), overlap: .none)
    #expect(totals.time.migration == 5)
    #expect(totals.time.totalPerStep == [10, 15])
    #expect(totals.time.commPerStep == [10, 10])
    #expect(totals.moves.movedExperts == 3)
  }

  @Test func movesOfOneRebalanceAddUp() {
    var totals = PolicyTotals()
    totals.beginRebalance()
    for _ in 0..<2 {
      totals.move(ExpertSources(peers: 1), expertBytes: 10, stall: 12)
      totals.add(Self.step(10), overlap: .none)
    }
    #expect(totals.time.migration == 24)
    #expect(totals.time.stallPerStep == [12, 12])
    #expect(totals.time.totalPerStep == [22, 22])
    #expect(totals.moves.rebalances == 1 && totals.moves.movedExperts == 2)
  }

  /// Layers of a rank with 3 tokens and one with 1, and of none.
  private static let uneven = [[3.0, 1], [0, 0]].map { loads in
    var outcome = LayerOutcome()
    outcome.rank = LoadPeak(of: loads, isWhole: false)
    return outcome
  }

  @Test("SGLang's mean takes a layer without tokens for balanced, and is over the dense layers, too")
  func sglang() throws {
    let rate = (2 + 1e-5) / (3 + 1e-5)
    for denseLayers in [0, 1, 3] {
      var totals = PolicyTotals(denseLayers: denseLayers)
      totals.add(Self.uneven, overlap: .none)
      totals.add([Self.uneven[0], Self.uneven[0]], overlap: .none)
      let (first, second) = (rate + 1 + Double(denseLayers), 2 * rate + Double(denseLayers))
      let expected = (first + second) / 2 / Double(2 + denseLayers)
      let found = totals.balance.balancedness
      #expect(abs((try #require(found.sglang)) - expected) < 1e-12)
      #expect(abs((try #require(found.rank)) - 2.0 / 3) < 1e-12)
    }
  }

  @Test("Dense layers are those up to the trace's last that it lacks, as many as the model has")
  func denseLayers() throws {
    func sglang(layerNumbers: [Int], modelLayers: Int) throws -> Double {
      let header = TraceHeader(name: "t", content: .tokens, layerNumbers: layerNumbers, experts: 4, topK: 1)
      var model = try Fixture.model(experts: 4, topK: 1, layers: modelLayers)
      model.moeLayers = 2
      let setting = try ReplaySetting(
        header: header, cluster: Fixture.cluster(ranks: 2, ranksPerNode: 2), model: model)
      // Every token on the first of two ranks: half as even as can be.
      let experts: [UInt16] = Array(repeating: 0, count: 8 * layerNumbers.count)
      let source = StoredSteps(header: header, steps: [RoutingStep(number: 0, tokens: 8, experts: experts)])
      return try #require(
        try ReplayJob(setting: setting, policies: []).run(on: source).result.policies[0].balancedness.sglang)
    }
    #expect(abs(try sglang(layerNumbers: [0, 1], modelLayers: 2) - 0.5) < 1e-5)
    #expect(abs(try sglang(layerNumbers: [1], modelLayers: 3) - 0.75) < 1e-5)
    #expect(abs(try sglang(layerNumbers: [2, 3], modelLayers: 4) - 0.75) < 1e-5)
    #expect(abs(try sglang(layerNumbers: [2, 3], modelLayers: 3) - 0.75) < 1e-5)
    #expect(abs(try sglang(layerNumbers: [9], modelLayers: 3) - 0.75) < 1e-5)
  }

  @Test func predictionDelaysEveryStep() {
    var totals = PolicyTotals()
    totals.add(Self.step(10), overlap: .none, prediction: 3)
    #expect(totals.time.totalPerStep == [13])
    #expect(totals.time.prediction == 3)
  }
}
