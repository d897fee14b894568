import Diagnostics
import Inspection
import TestTraces
import Testing
import Workloads

@Suite struct RoutingCorrelationTests {
  static func statistics(_ popularity: String, _ correlation: String) throws -> TraceStatistics {
    let workload = try WorkloadTests.workload(
      popularity, steps: "phase: prefill\ntokensPerStep: 1000\nsequences: {count: 40, lengths: [400, 600]}",
      extra: "correlation: \(correlation)")
    return try TraceStatistics(WorkloadGenerator(workload))
  }

  static func lift(_ statistics: TraceStatistics) throws -> Double {
    let lifts = try #require(statistics.pairLift)
    return lifts.reduce(0, +) / Double(lifts.count)
  }

  @Test(arguments: [
    "{kind: uniform}", "{kind: log-normal, sigma: 1}", "{kind: zipf, exponent: 1}",
    "{kind: hot-cold, hotRatio: 0.1, hotTimes: 6}",
  ])
  func `affinity brings experts together and leaves each as popular as it is`(popularity: String) throws {
    // Alone, the divergence is what 20,000 tokens leave to chance; tokens that resemble their neighbours leave more.
    for (others, tolerance) in [("", 0.001), ("neighbour: 0.4, ", 0.01), ("topics: 4, spread: 0.3, ", 0.003)] {
      let plain = try Self.statistics(popularity, "{\(others)kinds: 1}")
      var lifts = [try Self.lift(plain)]
      for affinity in [3, 10, 30, 100] {
        let statistics = try Self.statistics(popularity, "{\(others)kinds: 8, affinity: \(affinity)}")
        lifts.append(try Self.lift(statistics))
        let comparison = try RoutingComparison(statistics, reference: plain)
        let skewness = comparison.skewnessMean
        #expect(abs(skewness.trace / skewness.reference - 1) < 0.05, "\(others)\(affinity)")
        #expect(comparison.perLayer.allSatisfy { $0.divergence < tolerance }, "\(others)\(affinity)")
      }
      #expect(zip(lifts, lifts.dropFirst()).allSatisfy { $0 < $1 }, "\(others)\(lifts)")
      #expect(lifts[4] > 1.4)
    }
  }

  @Test(arguments: ["", "neighbour: 0.5, "])
  func `tokens of utter affinity choose all experts of their kind`(others: String) throws {
    // Of the 2016 pairs of 64 experts, the 8 kinds hold 28 each.
    let statistics = try Self.statistics("{kind: uniform}", "{\(others)kinds: 8, affinity: 1000000}")
    #expect(abs(try Self.lift(statistics) - 2016.0 / 224) < 0.2)
  }

  @Test func `a fit finds how much a token's experts go together`() throws {
    let recorded = try Self.statistics(
      "{kind: log-normal, sigma: 1}", "{neighbour: 0.3, topics: 3, spread: 0.4, kinds: 6, affinity: 60}")
    let fitted = try WorkloadFit.fit(recorded, name: "fitted")
    let read = try Workload(parsing: fitted.yaml, name: "fitted.yaml")
    #expect(read.yaml == fitted.yaml)
    let comparison = try RoutingComparison(try TraceStatistics(WorkloadGenerator(read)), reference: recorded)
    let lift = try #require(comparison.pairLift)
    #expect(lift.reference > 1.5)
    #expect(abs(lift.trace / lift.reference - 1) < 0.05)
  }

  @Test func `kinds that make no difference are left out of a fit`() throws {
    let recorded = try Self.statistics("{kind: log-normal, sigma: 1}", "{neighbour: 0.3}")
    #expect(try !WorkloadFit.fit(recorded, name: "fitted").yaml.contains("kinds"))
  }

  @Test(arguments: [
    ("{affinity: 3}", "needs kinds above 1"), ("{kinds: 65, affinity: 3}", "outside"),
    ("{kinds: 8, affinity: 0.5}", "outside"), ("{kinds: 8, afinity: 2}", "did you mean 'affinity'"),
  ])
  func `a mistake is named`(correlation: String, message: String) {
    let error = #expect(throws: InputError.self) {
      try WorkloadTests.workload(extra: "correlation: \(correlation)")
    }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
