import Foundation
import RoutingTrace
import Testing
import TraceImport

/// What rewrites of the router drop of recorded routing, in percent, against figures that were computed apart.
@Suite struct RouterConformanceTests {
  /// Steps of 512 tokens, sequences one after another.
  private static func steps(_ recording: String, count: Int) throws -> (TraceHeader, [RoutingStep]) {
    let imported = try Imports.named("routed-experts")
      .open([Shared.path("traces/\(recording).npz")], options: ImportOptions())
    let skip = recording.hasPrefix("gpt") ? 8 : 0
    let source = MergedSteps(512, of: try imported.steps(batching: .decode(sequences: 1, skip: skip)))
    var steps = [RoutingStep]()
    while steps.count < count, let step = try source.next() { steps.append(step) }
    return (source.header, steps)
  }

  private static func tally(_ text: String, _ header: TraceHeader, _ steps: [RoutingStep]) throws -> RouterTally {
    let source = try RouterSteps([RouterRecipe(text)], of: StoredSteps(header: header, steps: steps))
    while try source.next() != nil {}
    return try #require(source.tallies.first)
  }

  private static func percent(_ part: Int, of whole: Int) -> Double {
    (1e4 * Double(part) / Double(whole)).rounded() / 100
  }

  @Test(arguments: [
    ("gpt-oss-20b-decode", [43.42, 34.68, 27.55, 17.23, 6.99]), ("esft-law", [23.31, 15.11, 10.02, 4.89, 1.65]),
  ])
  func `a capacity factor drops`(recording: String, known: [Double]) throws {
    let (header, steps) = try Self.steps(recording, count: 8)
    let found = try ["1", "1.25", "1.5", "2", "3"].map { factor in
      let tally = try Self.tally("capacity:factor=\(factor),by=order", header, steps)
      return Self.percent(tally.droppedVisits, of: tally.visits)
    }
    #expect(found == known)
  }

  @Test(arguments: [
    ("gpt-oss-20b-decode", [64.90, 39.54, 15.09, 0]), ("esft-law", [65.15, 42.90, 26.02, 10.72]),
  ])
  func `a limit of groups drops`(recording: String, known: [Double]) throws {
    let (header, steps) = try Self.steps(recording, count: 4)
    let found = try (1...4).map { keep in
      let tally = try Self.tally("groups:groups=8,keep=\(keep)", header, steps)
      return Self.percent(tally.droppedVisits, of: tally.visits)
    }
    #expect(found == known)
  }

  /// Learned on the first half of all tokens, told of the second.
  @Test(arguments: [("gpt-oss-20b-decode", [6.57, 27.18]), ("esft-law", [11.08, 29.82])])
  func `pruning by frequency drops`(recording: String, known: [Double]) throws {
    let (header, blocks) = try Self.steps(recording, count: .max)
    let halves = try Self.halves(header, blocks)
    let found = try ["0.25", "0.5"].map { share in
      let tally = try Self.tally("prune:share=\(share),learn=1", header, halves)
      return Self.percent(tally.droppedVisits, of: tally.visits - halves[0].experts.count)
    }
    #expect(found == known)
  }

  /// Two steps, of half of the tokens each.
  private static func halves(_ header: TraceHeader, _ steps: [RoutingStep]) throws -> [RoutingStep] {
    let whole = try #require(try MergedSteps(steps.count, of: StoredSteps(header: header, steps: steps)).next())
    let topK = header.topK ?? 1
    let middle = whole.tokens / 2
    func step(_ number: Int, _ part: Range<Int>) -> RoutingStep {
      var step = RoutingStep(number: number, tokens: part.count)
      for layer in 0..<header.layers {
        let first = layer * whole.tokens
        step.experts += whole.experts[(first + part.lowerBound) * topK..<(first + part.upperBound) * topK]
      }
      return step
    }
    return [step(0, 0..<middle), step(1, middle..<whole.tokens)]
  }
}
