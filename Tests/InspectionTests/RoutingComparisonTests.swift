import Foundation
import Inspection
import RoutingTrace
import Testing

@Suite struct RoutingComparisonTests {
  private static func statistics(_ counts: [UInt64]) throws -> TraceStatistics {
    let header = TraceHeader(name: "t", content: .counts, layerNumbers: [3], experts: counts.count, topK: 1)
    let step = RoutingStep(number: 0, tokens: Int(counts.reduce(0, +)), counts: counts)
    return try TraceStatistics(StoredSteps(header: header, steps: [step]))
  }

  private static func layer(_ trace: [UInt64], reference: [UInt64]) throws -> RoutingComparison.Layer {
    try RoutingComparison(statistics(trace), reference: statistics(reference)).perLayer[0]
  }

  @Test func `divergence is Σ p · ln (p / q) with the reference's p, half a token added to every expert`() throws {
    let layer = try Self.layer([9, 1, 1, 1], reference: [1, 1, 1, 1])
    let expected = 0.25 * (log(0.25 / (9.5 / 14)) + 3 * log(0.25 / (1.5 / 14)))
    #expect(abs(layer.divergence - expected) < 1e-12)
    #expect(layer.layer == 3)
    #expect(try Self.layer([7, 2, 0, 1], reference: [7, 2, 0, 1]).divergence == 0)
  }

  @Test func `equal loads share their mean rank`() throws {
    // Ranks 1.5, 1.5, 0, 3 and 0, 1, 2, 3.
    let correlation = try #require(try Self.layer([5, 5, 1, 9], reference: [1, 2, 3, 4]).rankCorrelation)
    #expect(abs(correlation - 1.5 / (4.5 * 5).squareRoot()) < 1e-12)
  }

  @Test func `skewness is told of both`() throws {
    let layer = try Self.layer([9, 1, 1, 1], reference: [3, 1, 0, 0])
    #expect(layer.skewness == .init(trace: 3, reference: 3))
    #expect(try Self.layer([2, 2, 2, 2], reference: [8, 0, 0, 0]).skewness == .init(trace: 1, reference: 4))
  }
}
