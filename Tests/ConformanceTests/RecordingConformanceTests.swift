import Foundation
import Inspection
import RoutingTrace
import Testing
import TraceImport

/// The recordings in the shared folder convert, and what their README says of them holds.
@Suite struct RecordingConformanceTests {
  static func inspect(
    _ files: [String], from format: String, batching: Batching? = nil, topK: Int? = nil
  ) throws -> TraceInspection {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("conformance-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let paths = files.map { Shared.path("traces/\($0)") }
    let imported = try Imports.named(format).open(paths, options: ImportOptions(topK: topK))
    try TraceWriter.write(try imported.steps(batching: batching), to: "\(folder)/a.moetrace")
    return try TraceInspection(try TraceReader(path: "\(folder)/a.moetrace"))
  }

  @Test(arguments: [("intent", 8222), ("law", 8327), ("translation", 8251)])
  func `ESFT prefill keeps every token and its skew`(task: String, tokens: Int) throws {
    let inspection = try Self.inspect(
      ["esft-\(task).npz"], from: "routed-experts", batching: .prefill(tokensPerStep: 1024))
    #expect(inspection.trace.tokens == tokens)
    #expect((inspection.trace.layers, inspection.trace.experts, inspection.trace.topK) == (26, 64, 6))
    #expect((3.45...5.65).contains(inspection.skewness.mean))
    #expect((4.65...7.75).contains(inspection.skewness.max))
  }

  @Test func `gpt-oss decode keeps every token and its skew`() throws {
    let inspection = try Self.inspect(
      ["gpt-oss-20b-decode.npz"], from: "routed-experts", batching: .decode(sequences: 64, skip: 0))
    #expect(inspection.trace.tokens == 85_065)
    #expect((inspection.trace.layers, inspection.trace.experts, inspection.trace.topK) == (24, 32, 4))
    #expect(inspection.trace.tokensPerStep?.max == 64)
    #expect((2.35...2.65).contains(inspection.skewness.mean), "\(inspection.skewness)")
    let skipped = try Self.inspect(
      ["gpt-oss-20b-decode.npz"], from: "routed-experts", batching: .decode(sequences: 64, skip: 8))
    #expect(skipped.trace.tokens == 85_065 - 256 * 8)
  }

  @Test(arguments: ["all", "chat", "code_instruct", "math", "news", "reasoning", "science", "web", "wiki"])
  func `GLM counts keep 75 of 78 layers`(domain: String) throws {
    let inspection = try Self.inspect(["glm-5.2/glm-5.2-\(domain).json"], from: "counts", topK: 8)
    #expect(inspection.perLayer.map(\.layer) == Array(3...77))
    #expect(inspection.trace.experts == 256)
    #expect((3.45...15).contains(inspection.skewness.mean))
    #expect((6.2...31.5).contains(inspection.skewness.max))
  }

  @Test func `moe-comms has one layer of 1024 tokens`() throws {
    let inspection = try Self.inspect(["moe-comms/routing.csv", "moe-comms/weights.csv"], from: "moe-comms")
    #expect(inspection.trace.tokens == 1024)
    #expect((inspection.trace.layers, inspection.trace.experts, inspection.trace.topK) == (1, 128, 8))
  }
}
