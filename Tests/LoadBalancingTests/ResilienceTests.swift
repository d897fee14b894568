import LoadBalancing
import Randomness
import Testing

@Suite struct ResilienceTests {
  /// 4 ranks × 3 slots: {0,1,2} {2,3,4} {4,5,6} {6,7,0}.
  private static let ring = LayerPlacement(
    experts: 8, ranks: 4, physicalToLogical: [0, 1, 2, 2, 3, 4, 4, 5, 6, 6, 7, 0])

  private static func odds(_ layers: LayerPlacement...) -> FailureOdds {
    FailureOdds(of: Placement(ranks: layers[0].ranks, layers: layers))
  }

  /// Experts lost by failures of `failed`, a bit for each rank.
  private static func lost(_ layer: LayerPlacement, _ failed: Int) -> Int {
    (0..<layer.experts).count { expert in
      layer.slots(ofExpert: expert).allSatisfy { failed >> layer.rank(ofSlot: $0) & 1 == 1 }
    }
  }

  @Test func fourRanksInARingLoseOneExpertToOneFailure() {
    let odds = Self.odds(Self.ring)
    #expect(odds.toleratedFailures == 0)
    #expect(odds.expectedLost(failures: 0) == 0)
    #expect(odds.expectedLost(failures: 1) == 1)
    #expect(abs(odds.expectedLost(failures: 2) - 8 / 3) < 1e-12)
    #expect(odds.expectedLost(failures: 4) == 8)
    let told = Resilience(of: Placement(ranks: 4, layers: [Self.ring]))
    #expect(told.toleratedFailures == 0)
    #expect(Set(told.expectedLost.keys) == ["1", "2"])
    #expect(told.lost(failures: 1) == 1 && told.lost(failures: 3) == nil)
  }

  /// The chance that one expert of 32 ranks with two copies is lost.
  @Test(arguments: [(2, 0.0020), (4, 0.0121), (8, 0.0565), (16, 0.2419)])
  func twoCopiesOn32Ranks(failures: Int, chance: Double) {
    let layer = LayerPlacement(experts: 16, ranks: 32, physicalToLogical: (0..<32).map { $0 / 2 })
    #expect(abs(Self.odds(layer).expectedLost(failures: failures) / 16 - chance) < 5e-5)
  }

  @Test func itIsWhatAllSetsOfFailuresLoseOnAverage() {
    var generator = SeededGenerator(seed: 11)
    for ranks in 1...12 {
      let layers = (0..<2).map { _ in
        let slots = ranks * 3
        let experts = 1 + generator.below(slots)
        return LayerPlacement(
          experts: experts, ranks: ranks,
          physicalToLogical: (0..<slots).map { $0 < experts ? $0 : generator.below(experts) })
      }
      let odds = FailureOdds(of: Placement(ranks: ranks, layers: layers))
      var (sums, sets) = (Array(repeating: 0, count: ranks + 1), Array(repeating: 0, count: ranks + 1))
      var survived = ranks
      for failed in 0..<(1 << ranks) {
        let lost = layers.reduce(0) { $0 + Self.lost($1, failed) }
        sums[failed.nonzeroBitCount] += lost
        sets[failed.nonzeroBitCount] += 1
        if lost > 0 { survived = min(survived, failed.nonzeroBitCount - 1) }
      }
      #expect(odds.toleratedFailures == survived)
      for failures in 0...ranks {
        let mean = Double(sums[failures]) / Double(sets[failures] * 2)
        #expect(abs(odds.expectedLost(failures: failures) - mean) < 1e-12 * max(1, mean))
      }
    }
  }

  /// C(1024, 512) has 307 digits; the chances below are of integers of any length.
  @Test func aThousandRanksDoNotOverflow() {
    let layer = LayerPlacement(
      experts: 3, ranks: 1024,
      physicalToLogical: (0..<1024).map { $0 < 300 ? 0 : $0 < 302 ? 1 : 2 })
    let odds = Self.odds(layer)
    #expect(odds.toleratedFailures == 1)
    #expect(odds.expectedLost(failures: 1024) == 3)
    #expect(abs(odds.expectedLost(failures: 512) - 0.24975562072336266) < 1e-15)
    #expect(abs(odds.expectedLost(failures: 1000) - 0.9538692668387608) < 1e-12)
    let told = Resilience(of: Placement(ranks: 1024, layers: [layer]))
    #expect(told.expectedLost.count == 10)
    #expect(told.lost(failures: 512) == odds.expectedLost(failures: 512))
  }

  @Test func slotsThatRepeatAnExpertOfTheirRankSurviveNothing() {
    let doubled = LayerPlacement(experts: 2, ranks: 2, physicalToLogical: [0, 0, 1, 1])
    #expect(Self.odds(doubled).toleratedFailures == 0)
    #expect(doubled.ranks(ofExpert: 0) == 1)
  }

  @Test func theWeakestLayerDecidesWhatIsToleratedAndAllWhatIsLost() {
    let strong = LayerPlacement(experts: 2, ranks: 2, physicalToLogical: [0, 1, 1, 0])
    let weak = LayerPlacement(experts: 2, ranks: 2, physicalToLogical: [0, 1])
    #expect(Self.odds(strong).toleratedFailures == 1)
    #expect(Self.odds(strong, weak).toleratedFailures == 0)
    #expect(Self.odds(strong, weak).expectedLost(failures: 1) == 0.5)
  }
}
