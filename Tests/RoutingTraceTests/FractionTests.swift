import RoutingTrace
import TestTraces
import Testing
import Workloads

/// How much of a source was given.
@Suite struct FractionTests {
  /// After every step, and at the end.
  private func fractions(_ source: any StepSource) throws -> [Double?] {
    var found: [Double?] = [source.fraction]
    while try source.next() != nil { found.append(source.fraction) }
    return found + [source.fraction]
  }

  private func expectRise(_ found: [Double?]) {
    let known = found.compactMap(\.self)
    #expect(known.count == found.count && known.count > 3, "\(found)")
    #expect(zip(known, known.dropFirst()).allSatisfy { $0 <= $1 } && known[0] < 0.2 && known.last == 1, "\(known)")
  }

  @Test(arguments: ["t.moetrace", "t.jsonl", "t.jsonl.gz"])
  func `of a file it rises from nothing to all`(name: String) throws {
    let folder = try TemporaryFolder()
    let trace = SmallTrace(layers: 8, experts: 64, topK: 8, steps: 200, tokens: 80)
    try TraceWriter.write(trace.source(), to: folder.file(name))
    expectRise(try fractions(TraceReader(path: folder.file(name), threads: 1)))
    // Of a range, it is that of the range.
    let range = try fractions(TraceReader(path: folder.file(name), steps: 100..<104, threads: 1))
    #expect(range.dropLast() == [0, 0.25, 0.5, 0.75, 1] && range.last == 1)
  }

  @Test func `what wraps a source passes it on, and repetitions share it`() throws {
    let trace = SmallTrace(steps: 4)
    let stored = try fractions(trace.source())
    #expect(stored == [0, 0.25, 0.5, 0.75, 1, 1])
    #expect(try fractions(WatchedSteps(trace.source()) { _ in }) == stored)
    #expect(try fractions(LayerSlice(0..<1, of: trace.source())) == stored)
    #expect(try fractions(PhaseSteps(.decode, of: trace.source())) == stored)
    #expect(try fractions(WithoutParts([.weights], of: trace.source())) == stored)
    #expect(try fractions(MergedSteps(2, of: trace.source())) == [0, 0.5, 1, 1])
    let twice = try fractions(RepeatedSteps(2, of: trace.source()) { trace.source() })
    #expect(twice == [0, 0.125, 0.25, 0.375, 0.5, 0.625, 0.75, 0.875, 1, 1])
  }
}
