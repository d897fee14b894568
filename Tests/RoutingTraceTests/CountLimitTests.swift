import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing

/// Counts are held against their limits before anything adds them up.
@Suite struct CountLimitTests {
  private static func header(experts: Int) -> String {
    #"{"format":"moe-routing-trace","version":1,"layers":1,"experts":\#(experts),"content":"counts","topK":2}"#
  }

  private static func error(counts: [UInt64]) throws -> InputError? {
    let folder = try TemporaryFolder()
    let text = header(experts: counts.count) + "\n" + #"{"step":0,"layer":0,"counts":\#(counts)}"#
    let path = try folder.write(text, to: "t.jsonl")
    do {
      _ = try Sample.read(path)
      return nil
    } catch { return error as? InputError }
  }

  @Test func aCountBeyondItsLimitIsNamed() throws {
    let wrong: [[UInt64]] = [[.max, 1], [1 << 63, 1 << 63], [(1 << 40) + 1, 1]]
    for counts in wrong {
      let error = try #require(try Self.error(counts: counts))
      #expect(error.message.contains("expected at most \(RoutingStep.maximumCount)"), "\(error)")
      #expect(error.place.line == 2)
      #expect(error.status == .data)
    }
    #expect(try Self.error(counts: [1 << 40, 1 << 40]) == nil)
  }

  @Test func theVisitsOfALayerHaveALimit() throws {
    #expect(try Self.error(counts: Array(repeating: 1 << 40, count: 256)) == nil)
    let error = try #require(try Self.error(counts: Array(repeating: 1 << 40, count: 257)))
    #expect(error.message.contains("expected at most \(RoutingStep.maximumVisits)"), "\(error)")
  }

  @Test func theVisitsOfATraceHaveALimit() throws {
    // 2^48 visits a step, of which 2^14 steps are allowed.
    let folder = try TemporaryFolder()
    let header = TraceHeader(name: "t", content: .counts, layerNumbers: [0], experts: 256, topK: 1)
    let counts = Array(repeating: RoutingStep.maximumCount, count: 256)
    let writer = try TraceWriter(path: folder.file("t.moetrace"), header: header)
    for number in 0...16_384 { try writer.append(RoutingStep(number: number, tokens: 1, counts: counts)) }
    try writer.finish()
    let error = #expect(throws: InputError.self) { try Sample.read(folder.file("t.moetrace")) }
    #expect(error?.message.contains("more than \(RoutingStep.maximumVisitsInAll) visits") == true)
    #expect(error?.place.step == 16_384)
  }

  @Test(arguments: [0, -1, Int(RoutingStep.maximumVisits) + 1, .max])
  func aStepOfCountsHasTokens(tokens: Int) throws {
    let folder = try TemporaryFolder()
    let header = TraceHeader(name: "t", content: .counts, layerNumbers: [0], experts: 2, topK: 1)
    let step = RoutingStep(number: 0, tokens: tokens, counts: [1, 1])
    #expect(throws: InputError.self) { try TraceWriter(path: folder.file("t.moetrace"), header: header).append(step) }
  }
}
