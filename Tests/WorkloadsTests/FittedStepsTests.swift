import Diagnostics
import Inspection
import RoutingTrace
import TestTraces
import Testing
import Workloads

/// Lengths that change over the trace, and fits with fewer steps than the recording.
@Suite struct FittedStepsTests {
  static func statistics(_ batching: String, _ extra: String = "") throws -> TraceStatistics {
    try TraceStatistics(
      WorkloadGenerator(try WorkloadTests.workload("{kind: log-normal, sigma: 1}", steps: batching, extra: extra)))
  }

  static func lengths(_ workload: Workload) throws -> [Int] {
    let sequences = try all(WorkloadGenerator(workload)).flatMap { $0.sequences ?? [] }
    let tokens = sequences.reduce(into: [:]) { $0[$1, default: 0] += 1 }
    return tokens.sorted { $0.key < $1.key }.map(\.value)
  }

  @Test func `stretches of sequences have lengths of their own`() throws {
    let lengths = try Self.lengths(
      WorkloadTests.workload(
        steps: "phase: prefill\ntokensPerStep: 64\nsequences: {count: 10, stretches: [3 5, 20 20, 40]}"))
    #expect(lengths.count == 10)
    #expect(lengths[..<3].allSatisfy { (3...5).contains($0) })
    #expect(Array(lengths[3...]) == [20, 20, 20, 40, 40, 40, 40])
  }

  @Test func `a fit keeps the order of short and long sequences`() throws {
    let recorded = try Self.statistics(
      "phase: prefill\ntokensPerStep: 512\nsequences: {count: 64, stretches: [20 30, 200 300]}")
    let fitted = try Workload(parsing: try WorkloadFit.fit(recorded, name: "fitted").yaml, name: "fitted.yaml")
    let lengths = try Self.lengths(fitted)
    #expect(lengths.count == 64)
    #expect(lengths[..<32].allSatisfy { (20...30).contains($0) })
    #expect(lengths[32...].allSatisfy { (200...300).contains($0) })
  }

  @Test(arguments: [
    "phase: prefill\ntokensPerStep: 500\nsequences: {count: 100, lengths: [150, 250]}",
    "phase: decode\ninFlight: 40\nsequences: {count: 90, lengths: [10, 30]}", "steps: 40\ntokensPerStep: 300",
  ])
  func `a fit of fewer steps keeps their size`(batching: String) throws {
    let recorded = try Self.statistics(batching)
    let fitted = try WorkloadFit.fit(recorded, name: "fitted", steps: 12)
    let steps = try all(WorkloadGenerator(fitted))
    #expect((11...14).contains(steps.count))
    let before = try all(
      WorkloadGenerator(try WorkloadTests.workload("{kind: log-normal, sigma: 1}", steps: batching)))
    func mean(_ steps: [RoutingStep]) -> Double { Double(steps.reduce(0) { $0 + $1.tokens }) / Double(steps.count) }
    #expect(abs(mean(steps) / mean(before) - 1) < 0.1)
    for wrong in [0, before.count + 1] {
      #expect(throws: InputError.self) { try WorkloadFit.fit(recorded, name: "fitted", steps: wrong) }
    }
  }
  @Test(arguments: ["x: y", "*a", "@", "- a", "# c", "x\nseed: 99", "née", "", "\u{1B}[31m"])
  func `a fit of a trace with any name reads back under it`(name: String) throws {
    let header = TraceHeader(name: name, content: .counts, model: name, layerNumbers: [0], experts: 2, topK: 1)
    let source = StoredSteps(header: header, steps: [RoutingStep(number: 0, tokens: 2, counts: [1, 1])])
    let text = try WorkloadFit.fit(TraceStatistics(source), name: name).yaml
    let read = try Workload(parsing: text, name: "w.yaml")
    #expect(read.name == name && read.fittedTo == name && read.model == name)
    #expect(read.seed == 0)
  }

  @Test func `what no workload can be is no fit`() throws {
    let header = TraceHeader(name: "large", content: .counts, layerNumbers: [0], experts: 2, topK: 1)
    let step = RoutingStep(number: 0, tokens: 1 << 41, counts: [1 << 40, 1 << 40])
    let statistics = try TraceStatistics(StoredSteps(header: header, steps: [step]))
    let error = #expect(throws: InputError.self) { try WorkloadFit.fit(statistics, name: "large-like") }
    #expect(error?.description.contains("large: cannot be a workload: tokensPerStep") == true)
    #expect(error?.status == .data)
  }
}
