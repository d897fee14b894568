import CommandRunner
import Foundation
import Testing

/// A workload whose experts follow from token ids, as far as a predictor finds out.
@Suite struct TokenIDCommandTests {
  /// How often a learned predictor is right on a workload.
  static func accuracies(_ workload: String, given: [String]) throws -> [Double] {
    let trace = FileManager.default.temporaryDirectory.appendingPathComponent("ids-\(UUID().uuidString).moetrace").path
    defer { try? FileManager.default.removeItem(atPath: trace) }
    #expect(try Tool.run("generate", workload, "-o", trace).status == 0)
    let policies = given.flatMap { ["--policy", "learned-previous-layer:given=\($0)"] }
    let outcome = try Tool.run(["replay", trace, "--ranks", "8", "--format", "json"] + policies)
    let result = try #require(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
    let replayed = try #require(result["policies"] as? [[String: Any]])
    return try replayed.dropFirst().map { policy in
      let prediction = try #require(policy["prediction"] as? [String: Any])
      return try #require(prediction["accuracy"] as? Double)
    }
  }

  @Test func `the stronger the ids, the more they foresee, and no one else does`() throws {
    let found = try [0, 0.3, 0.6, 0.9].map {
      try Self.accuracies("token-ids:steps=48,strength=\($0)", given: ["nothing", "token-id"])
    }
    let (nothing, ids) = (found.map { $0[0] }, found.map { $0[1] })
    #expect(zip(ids, ids.dropFirst()).allSatisfy { $0 + 0.04 < $1 }, "\(ids)")
    #expect(ids[3] > 0.7)
    #expect(nothing.allSatisfy { abs($0 - nothing[0]) < 0.02 }, "\(nothing)")
  }

  @Test func `the documentation says what the shipped workload gives`() throws {
    let text = try String(contentsOf: Tool.root.appendingPathComponent("docs/policies.md"), encoding: .utf8)
    let percent = try Self.accuracies("token-ids", given: ["token-id", "previous-layer", "nothing"]).map {
      String(format: "%.1f %%", 100 * $0)
    }
    #expect(
      text.contains("foresees \(percent[0]) of visits, `previous-layer` \(percent[1]) and `nothing` \(percent[2])"),
      "\(percent)")
  }
}
