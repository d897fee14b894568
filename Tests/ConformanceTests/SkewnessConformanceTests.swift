import Foundation
import Testing

/// The Mixtral 8×7B recording over MMLU against the skewness that MoE-GPS publishes for it, 1.39.
@Suite struct SkewnessConformanceTests {
  struct Recording: Decodable {
    var questions: [Double]
    /// `[subjects][layers][experts]` shares of tokens.
    var fraction: [[[Double]]]
  }

  @Test func mixtralOnMMLUIsAsSkewedAsPublished() throws {
    let data = try Shared.data("traces/mixtral-8x7b-mmlu-fractions.json")
    let recording = try JSONDecoder().decode(Recording.self, from: data)
    var sum = 0.0
    for (questions, layers) in zip(recording.questions, recording.fraction) {
      let skewness = layers.map { ($0.max() ?? 0) * Double($0.count) / $0.reduce(0, +) }
      sum += questions * skewness.reduce(0, +) / Double(skewness.count)
    }
    #expect(abs(sum / recording.questions.reduce(0, +) - 1.39) < 0.05)
  }
}
