import Foundation
import Reporting
import Studies
import Testing

/// What a person who reads one line takes home of accumulated batches.
@Suite struct AccumulationReportTests {
  private static func headline(residents: Int, hiddenFrom: Double?) throws -> String {
    let batch = """
      {"batchSize": 1, "tokens": 64, "tokensPerExpert": {"mean": 16, "min": 2}, "coverage": 8, "link": 2000, "gpu": 1000, \
      "cpu": 0, "time": 2100, "boundBy": "link", "tokensPerSecond": 30476, "evenTokensPerSecond": 31000, \
      "hostMemory": 9e9, "gpuMemory": 4e9, "microBatch": 16, "cpuShare": 0, "residentExperts": \(residents)}
      """
    let hidden = hiddenFrom.map { #""linkHiddenFrom": \#($0), "# } ?? ""
    let json = """
      {"trace": "t", "cluster": "c", "model": "m", "experts": 8, "phase": "decode", "context": 100, \(hidden)\
      "hidingTokensPerExpert": 2187, "accumulate": [\(batch)], "notes": []}
      """
    let result = try JSONDecoder().decode(Accumulation.self, from: Data(json.utf8))
    let text = try AccumulationReport(result).text()
    return text.components(separatedBy: "\n\n").dropFirst().first.map { $0.replacing("\n", with: " ") } ?? ""
  }

  @Test func `the link is hidden from so many tokens on, or by no batch`() throws {
    #expect(
      try Self.headline(residents: 2, hiddenFrom: 64).hasPrefix("The link is hidden from 64.0 accumulated tokens on"))
    #expect(try Self.headline(residents: 2, hiddenFrom: nil).hasPrefix("No batch of this trace hides the link"))
  }

  @Test func `where all experts fit, there is nothing to hide, and the server meant is another`() throws {
    for hidden in [64.0, nil] {
      let line = try Self.headline(residents: 8, hiddenFrom: hidden)
      #expect(line.hasPrefix("All experts stay on the GPU") && line.contains("replay --context"))
    }
  }
}
