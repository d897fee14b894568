import Inspection
import Randomness
import RoutingTrace
import Testing

/// How many experts batches visit, and the best rates at which experts can be at hand, as `inspect` tells them.
@Suite struct CoverageTests {
  private static let header = TraceHeader(
    name: "drawn", content: .tokens, layerNumbers: [0, 1], experts: 12, topK: 2)

  /// Steps of different sizes, 90 tokens in all, with the layers' choices token by token.
  private static func trace() -> (steps: StoredSteps, tokens: [[[UInt16]]]) {
    var generator = SeededGenerator(seed: 5)
    var (steps, tokens) = ([RoutingStep](), [[[UInt16]]]())
    for number in 0..<12 {
      let size = [1, 3, 14][number % 3]
      let drawn = (0..<size).map { _ in
        (0..<2).map { _ in Array(generator.shuffled(0..<12).prefix(2)).map { UInt16($0) } }
      }
      tokens += drawn
      let experts = (0..<2).flatMap { layer in drawn.flatMap { $0[layer] } }
      steps.append(RoutingStep(number: number, tokens: size, experts: experts))
    }
    return (StoredSteps(header: header, steps: steps), tokens)
  }

  @Test func `distinct experts of the first eight batches of tokens in a row, across steps`() throws {
    let (steps, tokens) = Self.trace()
    #expect(tokens.count == 72)
    let coverage = try #require(try TraceInspection(steps) { nil }.coverage)
    #expect(coverage.map(\.tokens) == [1, 4, 16, 64] && coverage.map(\.batches) == [8, 8, 4, 1])
    for entry in coverage {
      let batches = (0..<entry.batches).map { tokens[$0 * entry.tokens..<($0 + 1) * entry.tokens] }
      let distinct = batches.map { batch in
        (0..<2).map { layer in Set(batch.flatMap { $0[layer] }).count }.reduce(0, +)
      }
      #expect(entry.experts == Double(distinct.reduce(0, +)) / Double(entry.batches) / 2)
    }
    #expect(coverage[0].experts == 2 && abs(coverage[1].even - 12 * (1 - 625.0 / 1296)) < 1e-12)
  }

  @Test func `the best hit rates are those of Belady's rule in the same room`() throws {
    let steps = Self.trace().steps
    let best = try TraceInspection(steps, residents: [2, 4, 8, 12]) { nil }
    // 10, 20 and 50 % of 24 experts, and twice the two of a token in each of two layers.
    #expect(best.minimumHits.map(\.experts) == [2, 4, 8, 12])
    let caches = try #require(best.caches)
    #expect(best.minimumHits.map(\.hitRate) == caches.map(\.minimum.hitRate))
  }

  @Test func `counts have no tokens in a row`() throws {
    let header = TraceHeader(name: "counts", content: .counts, layerNumbers: [0], experts: 4, topK: 1)
    let steps = StoredSteps(header: header, steps: [RoutingStep(number: 0, tokens: 3, counts: [2, 0, 1, 0])])
    #expect(try TraceInspection(steps) { nil }.coverage == nil)
  }
}
