import Diagnostics
import Foundation
import Inspection
import RoutingTrace
import TestTraces
import Testing
import Workloads

@Suite struct WorkloadTests {
  static func workload(
    _ popularity: String = "{kind: uniform}", steps: String = "steps: 6\ntokensPerStep: 512", extra: String = ""
  ) throws -> Workload {
    let text = """
      name: test
      experts: 64
      topK: 8
      layers: 3
      \(steps)
      popularity: \(popularity)
      \(extra)
      """
    return try Workload(parsing: text, name: "test.yaml")
  }

  static let popularities = [
    "{kind: uniform}", "{kind: hot-cold, hotRatio: 0.05, hotTimes: 1000000}", "{kind: zipf, exponent: 1.2}",
    "{kind: log-normal, sigma: 1.5}", "{kind: dirichlet, concentration: 0.1}",
    "{kind: power-law, alpha: 1.2, largest: 400}", "{kind: hot-rank, ranks: 8, weight: 10}",
    "{kind: zero-load, ratio: 0.875, rest: {kind: uniform}}",
  ]
  static let times = [
    "", "time: {kind: redraw, every: 2}", "time: {kind: rotate, every: 1, by: 9}",
    "time: {kind: burst, every: 3, length: 1, experts: 4, factor: 20}",
    "time: {kind: drift, to: {kind: zipf, exponent: 1}}",
  ]
  static let correlations = [
    "", "correlation: {neighbour: 0.4, layer: 0.3, topics: 5, spread: 1}\ngroups: {groups: 8, perToken: 2}",
    "correlation: {layer: 0.2, kinds: 5, affinity: 30}",
    "correlation: {neighbour: 0.3, topics: 3, spread: 1, kinds: 4, affinity: 9}\ngroups: {groups: 8, perToken: 2}",
    "tokens: {vocabulary: 9, exponent: 1, strength: 1}",
    """
    correlation: {neighbour: 0.2, layer: 0.2, topics: 3, spread: 1, kinds: 4, affinity: 9}
    groups: {groups: 8, perToken: 2}
    tokens: {vocabulary: 3000, exponent: 0.8, strength: 0.7}
    """,
  ]

  @Test func `a burst is the first steps of every so many, and no other`() throws {
    let text = """
      name: burst
      experts: 64
      topK: 1
      layers: 1
      steps: 20
      tokensPerStep: 400
      popularity: {kind: uniform}
      time: {kind: burst, every: 5, length: 2, experts: 1, factor: 100000}
      """
    for (number, step) in try all(WorkloadGenerator(Workload(parsing: text, name: "burst.yaml"))).enumerated() {
      let hottest = Dictionary(grouping: step.experts) { $0 }.values.map(\.count).max() ?? 0
      #expect((hottest > 350) == (number % 5 < 2), "step \(number): \(hottest)")
    }
  }

  @Test(arguments: popularities, times)
  func `parts compose into valid steps, the same for the same seed`(popularity: String, time: String) throws {
    for correlation in Self.correlations {
      var workload = try Self.workload(
        popularity, steps: "steps: 4\ntokensPerStep: 32",
        extra: "\(time)\n\(correlation)\nsources: {ranks: 8, sigma: 1}")
      let folder = try TemporaryFolder()
      let steps = try all(WorkloadGenerator(workload))
      try Sample.write(steps, workload.header, to: folder.file("a.moetrace"))
      #expect(try Sample.read(folder.file("a.moetrace")) == steps)
      #expect(try all(WorkloadGenerator(workload)) == steps)
      workload.seed = 1
      #expect(try all(WorkloadGenerator(workload)) != steps)
    }
  }

  static func load(_ workload: Workload) throws -> [[Int]] {
    try all(WorkloadGenerator(workload)).map { step in
      step.experts.prefix(step.experts.count / 3).reduce(into: [Int](repeating: 0, count: 64)) { $0[Int($1)] += 1 }
    }
  }

  @Test func `experts that are times as popular get the share that drawing gives`() throws {
    // Top-1 draws: 6 hot experts of weight 4 among 58 of weight 1 take 24 / 82 of the tokens.
    let text = """
      name: test
      experts: 64
      topK: 1
      layers: 1
      steps: 100
      tokensPerStep: 1000
      popularity: {kind: hot-cold, hotRatio: 0.1, hotTimes: 4}
      """
    var load = [Int](repeating: 0, count: 64)
    for step in try all(WorkloadGenerator(try Workload(parsing: text, name: "test.yaml"))) {
      for expert in step.experts { load[Int(expert)] += 1 }
    }
    let expected = 100_000.0 * 4 / 82
    #expect(load.sorted(by: >).prefix(6).allSatisfy { abs(Double($0) - expected) < 5 * expected.squareRoot() })
  }

  @Test func `a token's experts lie within its groups`() throws {
    let steps = try all(WorkloadGenerator(try Self.workload(extra: "groups: {groups: 8, perToken: 2}")))
    for step in steps {
      for token in stride(from: 0, to: step.experts.count, by: 8) {
        #expect(Set(step.experts[token..<token + 8].map { $0 / 8 }).count <= 2)
      }
    }
  }

  @Test func `experts without load are never chosen`() throws {
    let load = try Self.load(try Self.workload("{kind: zero-load, ratio: 0.25, rest: {kind: zipf, exponent: 1}}"))
    let unused = (0..<64).filter { expert in load.allSatisfy { $0[expert] == 0 } }
    #expect(unused.count == 16)
  }

  @Test func `a rotation moves the load by its stride`() throws {
    let load = try Self.load(
      try Self.workload("{kind: hot-rank, ranks: 8, weight: 100}", extra: "time: {kind: rotate, every: 1, by: 8}"))
    let hot = load.map { step in (0..<8).max { a, b in sum(step, a) < sum(step, b) } ?? 0 }
    #expect(zip(hot, hot.dropFirst()).allSatisfy { ($0 + 1) % 8 == $1 })
    func sum(_ step: [Int], _ rank: Int) -> Int { step[rank * 8..<rank * 8 + 8].reduce(0, +) }
  }

  @Test(arguments: [0.0, 0.3, 0.6]) func `neighbours share experts as asked`(neighbour: Double) throws {
    let workload = try Self.workload(
      steps: "phase: prefill\ntokensPerStep: 1000\nsequences: {count: 10, lengths: [400, 400]}",
      extra: "correlation: {neighbour: \(neighbour)}")
    let statistics = try TraceStatistics(WorkloadGenerator(workload))
    // What is not kept is drawn from the 64 − 8·neighbour others.
    let overlap = try #require(statistics.neighbourOverlap)
    let byChance = (1 - neighbour) * (8 - 8 * neighbour) / (64 - 8 * neighbour)
    #expect(abs(overlap - neighbour - byChance) < 0.01)
    #expect(abs(statistics.independentOverlap - 0.125) < 0.005)
  }

  @Test func `prefill and decode batches hold every token of every sequence`() throws {
    for (phase, sizes) in [("prefill", [64, 64, 64, 16]), ("decode", [4, 4, 4, 4, 4])] {
      let size = phase == "prefill" ? "tokensPerStep: 64" : "inFlight: 4"
      let steps = try all(
        WorkloadGenerator(
          try Self.workload(steps: "phase: \(phase)\n\(size)\nsequences: {count: 13, lengths: [5, 27]}")))
      #expect(steps.prefix(sizes.count).map(\.tokens) == sizes)
      let perSequence = steps.flatMap { $0.sequences ?? [] }.reduce(into: [:]) { $0[$1, default: 0] += 1 }
      #expect(perSequence.count == 13)
      #expect(perSequence.values.reduce(0, +) == 208)
      #expect(perSequence.values.allSatisfy { (5...27).contains($0) })
    }
  }

  @Test func `a fitted workload has the recording's statistics and survives its file`() throws {
    let recorded = try Self.workload(
      "{kind: log-normal, sigma: 1}",
      steps: "phase: decode\ninFlight: 32\nsequences: {count: 80, lengths: [20, 200]}",
      extra: "correlation: {neighbour: 0.3}\ntime: {kind: drift, to: {kind: zipf, exponent: 0.8}}")
    let statistics = try TraceStatistics(WorkloadGenerator(recorded))
    let fitted = try WorkloadFit.fit(statistics, name: "fitted")
    let read = try Workload(parsing: fitted.yaml, name: "fitted.yaml")
    #expect(read.yaml == fitted.yaml)
    let comparison = try RoutingComparison(try TraceStatistics(WorkloadGenerator(read)), reference: statistics)
    #expect(abs(comparison.skewnessMean.trace / comparison.skewnessMean.reference - 1) < 0.05)
    #expect(comparison.stepImbalanceDistance < 0.1)
    let overlap = try #require(comparison.neighbourOverlap)
    #expect(abs(overlap.trace - overlap.reference) < 0.02)
    #expect(comparison.perLayer.allSatisfy { ($0.rankCorrelation ?? 0) > 0.95 && $0.divergence < 0.01 })
  }

  @Test func `a fit of counts generates counts`() throws {
    let header = Sample.header(content: .counts)
    let folder = try TemporaryFolder()
    try Sample.write(Sample.steps(header, count: 4), header, to: folder.file("a.moetrace"))
    let statistics = try TraceStatistics(try TraceReader(path: folder.file("a.moetrace")))
    let fitted = try Workload(parsing: try WorkloadFit.fit(statistics, name: "fitted").yaml, name: "fitted.yaml")
    let steps = try all(WorkloadGenerator(fitted))
    #expect(steps.count == 4)
    #expect(fitted.header.content == .counts)
    let comparison = try RoutingComparison(try TraceStatistics(WorkloadGenerator(fitted)), reference: statistics)
    #expect(comparison.perLayer.allSatisfy { $0.divergence < 0.01 })
  }

  @Test(arguments: [
    ("{kind: hot-code, hotRatio: 0.1, hotTimes: 4}", "", "did you mean 'hot-cold'"),
    ("{kind: hot-cold, hotRatio: 2, hotTimes: 4}", "", "outside"),
    ("{kind: hot-cold, hotTimes: 4}", "", "hotRatio: missing"),
    ("{kind: hot-cold, hotRatio: 0.5}", "", "hotWeight: missing"),
    (
      "{kind: hot-cold, hotRatio: 0.5, hotWeight: 5}", "",
      "5.0 is outside 0…1, the hot experts' weight together; hotTimes"
    ),
    ("{kind: hot-cold, hotRatio: 0.5, hotWeight: -0.1}", "", "-0.1 is outside 0…1"),
    ("{kind: hot-cold, hotRatio: 0.5, hotWeight: 0.8, hotTimes: 4}", "", "hotWeight: hotTimes says it already"),
    ("{kind: hot-cold, hotRatio: 0.01, hotWeight: 0.8}", "", "hotRatio: 0.01 of 64 experts is none"),
    ("{kind: hot-cold, hotRatio: 0.1, hotWeight: 1}", "", "only 6 experts could be drawn, fewer than top-8"),
    ("{kind: hot-cold, hotRatio: 0.9, hotWeight: 0}", "", "only 7 experts could be drawn, fewer than top-8"),
    ("{kind: uniform, hotTimes: 4}", "", "unknown key"),
    ("{kind: uniform}", "tokenPerStep: 3", "did you mean 'tokensPerStep'"),
    ("{kind: uniform}", "time: {kind: drift}", "time.to: missing"),
    ("{kind: uniform}", "groups: {groups: 7, perToken: 2}", "does not divide"),
    ("{kind: uniform}", "groups: {groups: 16, perToken: 1}", "fewer experts than top-8"),
    ("{kind: uniform}", "correlation: {spread: 1}", "topics above 1"),
    ("{kind: table, shares: [1 2 3]}", "", "1 rows, expected 3"),
    ("{kind: zero-load, ratio: 0.9, rest: {kind: uniform}}", "", "fewer experts than top-8"),
    ("{kind: uniform}", "sequences: {count: 3, lengths: [3, 2]}", "ascend"),
    ("{kind: uniform}", "sequences: {count: 3, lengths: [2, 3]}", "need phase"),
    ("{kind: uniform}", "sequences: {count: 3, stretches: [2 3, 5 4]}", "ascend"),
    ("{kind: uniform}", "sequences: {count: 1, stretches: [2 3, 4 5]}", "1…1 stretches"),
  ])
  func `a mistake in the file is named`(popularity: String, extra: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.workload(popularity, extra: extra) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.subject == "test.yaml")
  }
}
