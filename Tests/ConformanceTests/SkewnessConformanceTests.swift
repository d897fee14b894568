import Foundation
import Inspection
import RoutingTrace
import Testing

/// The Mixtral 8×7B recording over MMLU against the skewness that MoE-GPS publishes for it, 1.39.
@Suite struct SkewnessConformanceTests {
  struct Recording: Decodable {
    var questions: [Double]
    /// `[subjects][layers][experts]` shares of tokens.
    var fraction: [[[Double]]]
  }

  /// What `inspect` says of a subject's load: max / mean expert load, mean over layers.
  private func skewness(_ layers: [[Double]]) throws -> Double {
    let header = TraceHeader(
      name: "subject", content: .counts, layerNumbers: Array(layers.indices), experts: layers[0].count, topK: 2)
    let counts = layers.flatMap { $0.map { UInt64(($0 * 1e9).rounded()) } }
    let step = RoutingStep(number: 0, tokens: 500_000_000, counts: counts)
    let statistics = try TraceStatistics(StoredSteps(header: header, steps: [step]))
    return try RoutingComparison(statistics, reference: statistics).skewnessMean.trace
  }

  @Test func mixtralOnMMLUIsAsSkewedAsPublished() throws {
    let data = try Shared.data("traces/mixtral-8x7b-mmlu-fractions.json")
    let recording = try JSONDecoder().decode(Recording.self, from: data)
    let sum = try zip(recording.questions, recording.fraction).reduce(0) { sum, subject in
      sum + subject.0 * (try skewness(subject.1))
    }
    #expect(abs(sum / recording.questions.reduce(0, +) - 1.39) < 0.05)
  }
}
