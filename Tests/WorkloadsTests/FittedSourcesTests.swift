import Diagnostics
import Inspection
import Randomness
import RoutingTrace
import TestTraces
import Testing
import Workloads

/// A fit keeps where a recording's tokens started.
@Suite struct FittedSourcesTests {
  static let ranks = 8
  static let tokens = 400

  /// A recording whose step `number` starts on the ranks that `sources` gives.
  static func recording(
    steps: Int = 60, tokens: Int = tokens, _ sources: (_ number: Int, _ token: Int) -> UInt32?
  ) -> StoredSteps {
    let header = TraceHeader(name: "r", content: .tokens, layerNumbers: [0], experts: 4, topK: 1, phase: .decode)
    return StoredSteps(
      header: header,
      steps: (0..<steps).map { number in
        let all = (0..<tokens).compactMap { sources(number, $0) }
        return RoutingStep(
          number: number, tokens: tokens, experts: (0..<tokens).map { UInt16($0 % 4) },
          sources: all.count == tokens ? all : nil)
      })
  }

  /// Busiest over mean source of a step, mean over steps, and each rank's share of all tokens.
  static func spread(_ steps: [RoutingStep]) -> (busiest: Double, shares: [Double])? {
    var (busiest, all) = (0.0, Array(repeating: 0.0, count: ranks))
    for step in steps {
      guard let sources = step.sources else { return nil }
      var counts = Array(repeating: 0.0, count: ranks)
      for source in sources { counts[Int(source)] += 1 }
      busiest += (counts.max() ?? 0) * Double(ranks) / Double(step.tokens) / Double(steps.count)
      for rank in 0..<ranks { all[rank] += counts[rank] }
    }
    let sum = all.reduce(0, +)
    return (busiest, all.map { $0 / sum })
  }

  static func fitted(_ recording: StoredSteps) throws -> Workload {
    try Workload(parsing: WorkloadFit.fit(TraceStatistics(recording), name: "f").yaml, name: "f.yaml")
  }

  static func compare(
    _ recording: () -> StoredSteps, busiestWithin tolerance: Double, sharesWithin shareTolerance: Double
  ) throws {
    let recorded = try all(recording())
    let generated = try all(WorkloadGenerator(fitted(recording())))
    let before = try #require(spread(recorded))
    let after = try #require(spread(generated))
    #expect(abs(after.busiest / before.busiest - 1) < tolerance, "\(before.busiest) became \(after.busiest)")
    for (old, new) in zip(before.shares, after.shares) { #expect(abs(old - new) < shareTolerance) }
  }

  @Test func `even sources stay even`() throws {
    try Self.compare(
      { Self.recording { _, token in UInt32(token % Self.ranks) } }, busiestWithin: 0.001, sharesWithin: 0.001)
  }

  @Test func `a rank that has more tokens in every step still has them`() throws {
    try Self.compare(
      { Self.recording { _, token in token % 4 == 0 ? 5 : UInt32(token / 4 % 4) } }, busiestWithin: 0.02,
      sharesWithin: 0.005)
  }

  @Test func `one rank that starts everything still does`() throws {
    try Self.compare({ Self.recording { _, _ in 0 } }, busiestWithin: 1e-9, sharesWithin: 1e-9)
  }

  @Test func `steps that start on one rank each, in turn, still do`() throws {
    try Self.compare(
      { Self.recording(steps: 400) { number, _ in UInt32(number % Self.ranks) } }, busiestWithin: 0.01,
      sharesWithin: 0.08)
  }

  /// Squared shares are kept; the largest share is another statistic, and a little larger under a Dirichlet distribution.
  @Test func `steps that start on a few ranks are about as uneven as they were`() throws {
    func recording() -> StoredSteps {
      var generator = SeededGenerator(seed: 3)
      let firsts = (0..<400).map { _ in (0..<4).map { _ in UInt32(generator.below(Self.ranks)) } }
      return Self.recording(steps: 400) { number, token in firsts[number][token / 100] }
    }
    try Self.compare(recording, busiestWithin: 0.2, sharesWithin: 0.05)
  }

  @Test func `steps smaller than the ranks do not count as uneven`() throws {
    let recording = Self.recording(steps: 100, tokens: 3) { number, token in UInt32((number + token) % Self.ranks) }
    let yaml = try WorkloadFit.fit(TraceStatistics(recording), name: "f").yaml
    #expect(yaml.contains("sources: {shares:") && !yaml.contains("concentration"))
  }

  @Test func `sources of some steps are no sources of a workload`() throws {
    let workload = try Self.fitted(Self.recording { number, _ in number == 7 ? nil : 1 })
    #expect(!workload.yaml.contains("sources"))
    #expect(try all(WorkloadGenerator(workload)).allSatisfy { $0.sources == nil })
  }

  @Test func `a source that no workload can have is named`() throws {
    let error = #expect(throws: InputError.self) { try Self.fitted(Self.recording { _, _ in 70_000 }) }
    #expect(error?.message.contains("rank 70000, a workload has 65536 at most") == true)
  }

  @Test(arguments: ["{shares: 1 x}", "{shares: 0 0}", "{shares: 1, concentration: 0}", "{shares: 1 2, sigma: 1}"])
  func `a mistake in sources is named`(sources: String) {
    #expect(throws: InputError.self) { try WorkloadTests.workload("{kind: uniform}", extra: "sources: \(sources)") }
  }
}
