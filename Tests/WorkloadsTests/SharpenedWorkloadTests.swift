import Inspection
import RoutingTrace
import TestTraces
import Testing
import Workloads

/// A fitted workload whose popularity is made more or less uneven.
@Suite struct SharpenedWorkloadTests {
  private static func skewness(power: Double) throws -> Double {
    let trace = SmallTrace(steps: 24, tokens: 200)
    let fitted = try WorkloadFit.fit(try TraceStatistics(trace.source()), name: "fitted")
    let generator = WorkloadGenerator(try #require(fitted.sharpened(by: power)))
    var loads = Array(repeating: 0.0, count: trace.header.experts)
    // The popularity turns over half way: one half tells.
    while let step = generator.next(), step.number < 12 {
      for expert in step.experts[..<(step.experts.count / 3)] { loads[Int(expert)] += 1 }
    }
    return (loads.max() ?? 0) * Double(loads.count) / loads.reduce(0, +)
  }

  @Test func `a higher power is more skew, and none makes all alike`() throws {
    let skews = try [0, 0.5, 1, 2, 4].map(Self.skewness)
    #expect(zip(skews, skews.dropFirst()).allSatisfy { $0 < $1 }, "\(skews)")
    #expect(skews[0] < 1.2 && skews[2] > 1.5)
  }

  @Test func `power 1 is the workload itself`() throws {
    let fitted = try WorkloadFit.fit(try TraceStatistics(SmallTrace(steps: 8).source()), name: "fitted")
    let same = try #require(fitted.sharpened(by: 1))
    #expect(try all(WorkloadGenerator(same)).map(\.experts) == all(WorkloadGenerator(fitted)).map(\.experts))
    let uniform = try Workload(
      parsing: "{name: u, experts: 8, topK: 2, layers: 1, steps: 2, tokensPerStep: 4, popularity: {kind: uniform}}",
      name: "u.yaml")
    #expect(uniform.sharpened(by: 2) == nil)
  }
}
