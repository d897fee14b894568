import LoadBalancing
import Testing

/// A counter of 24 bits of precision would stop at 2^24.
@Suite struct LongRecordingTests {
  /// Six times as many are more than 2^24.
  private static let tokens = 3 << 20

  @Test("Pairs of experts are counted beyond 2^24")
  func pairs() {
    var coactivation = Coactivation(layers: 1, experts: 2)
    let chosen = (0..<2 * Self.tokens).map { UInt16($0 % 2) }
    for _ in 0..<6 { coactivation.add(chosen, topK: 2) }
    #expect(coactivation[0][1] == Double(6 * Self.tokens))
    #expect(coactivation[0][1] > 0x1p24)
  }

  @Test("What is learned of an expert does not end at 2^24 visits")
  func visits() {
    var model = FrequencyModel(layers: 1, experts: 4)
    let common = RoutedTokens(
      layers: 1, topK: 1, experts: Array(repeating: 3, count: Self.tokens), tokenIDs: nil)
    let rare = RoutedTokens(layers: 1, topK: 1, experts: Array(repeating: 1, count: Self.tokens), tokenIDs: nil)
    for _ in 0..<9 { model.train(common) }
    for _ in 0..<3 { model.train(rare) }
    model.finishTraining()
    let one = RoutedTokens(layers: 1, topK: 1, experts: [0], tokenIDs: nil)
    #expect(model.expectedLoad(of: one).values == [0, 0.25, 0, 0.75])
  }
}
