import Foundation
import RoutingTrace
import Testing

/// A workload that is fitted to a recording generates traces like it.
@Suite struct FitConformanceTests {
  @Test(arguments: [
    ("gpt-oss-20b-decode", Batching.decode(sequences: 64, skip: 8)), ("esft-law", .prefill(tokensPerStep: 1024)),
  ])
  func `skewness within 5 % and the distribution of step imbalance within 0.1`(
    recording: String, batching: Batching
  ) throws {
    func open() throws -> any StepSource {
      let imported = try Imports.named("routed-experts")
        .open([Shared.path("traces/\(recording).npz")], options: ImportOptions())
      return try imported.steps(batching: batching)
    }
    let statistics = try TraceStatistics(try open())
    let fitted = try Workload(parsing: try WorkloadFit.fit(statistics, name: "fitted").yaml, name: "fitted.yaml")
    let comparison = try RoutingComparison(try TraceStatistics(WorkloadGenerator(fitted)), reference: statistics)
    for skewness in [comparison.skewnessMean, comparison.skewnessMax] {
      #expect(abs(skewness.trace / skewness.reference - 1) < 0.05)
    }
    #expect(comparison.stepImbalanceDistance <= 0.1)
    let overlap = try #require(comparison.neighbourOverlap)
    #expect(abs(overlap.trace - overlap.reference) < 0.02)
  }
}
