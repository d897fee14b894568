import Diagnostics
import RoutingTrace
import TestTraces
import Testing

/// What a trace says of its model, and what is taken from it before it is given away.
@Suite struct RewritingTests {
  static func model(layers: Int, moe: [Int]?, count: Int? = nil) -> RoutedModel {
    RoutedModel(
      name: "m", layers: layers, moeLayers: count ?? moe?.count ?? layers, moeLayerNumbers: moe, experts: 4, topK: 2)
  }

  @Test(arguments: [
    ([1, 2], [1, 2]), ([0, 1], [1, 2]), ([2], [2]), ([1], [1]),
  ])
  func `layers keep numbers that are the model's, and take them when counted from 0`(
    recorded: [Int], numbers: [Int]
  ) throws {
    #expect(try Self.model(layers: 3, moe: [1, 2]).numbers(of: recorded) == numbers)
  }

  @Test func `every second layer can be MoE`() throws {
    #expect(try Self.model(layers: 6, moe: [1, 3, 5]).numbers(of: [0, 1, 2]) == [1, 3, 5])
    #expect(throws: InputError.self) { try Self.model(layers: 6, moe: [1, 3, 5]).numbers(of: [1, 2]) }
  }

  @Test func `a model that does not tell its dense layers refuses layers counted from 0`() throws {
    let model = Self.model(layers: 3, moe: nil, count: 2)
    #expect(try model.numbers(of: [1, 2]) == [1, 2])
    for recorded in [[0, 1], [2, 3]] { #expect(throws: InputError.self) { try model.numbers(of: recorded) } }
  }

  @Test func `counts of a known model have tokens, not visits`() throws {
    let header = TraceHeader(name: "c", content: .counts, layerNumbers: [0, 1], experts: 4, topK: nil)
    let step = RoutingStep(number: 0, tokens: 8, counts: [1, 2, 2, 3, 2, 2, 2, 2])
    let steps = try ModelledSteps(
      StoredSteps(header: header, steps: [step]), of: Self.model(layers: 3, moe: [1, 2]))
    #expect((steps.header.topK, steps.header.layerNumbers) == (2, [1, 2]))
    #expect(try steps.next()?.tokens == 4)
    let other = TraceHeader(name: "c", content: .counts, layerNumbers: [0], experts: 5, topK: nil)
    let error = #expect(throws: InputError.self) {
      try ModelledSteps(StoredSteps(header: other, steps: []), of: Self.model(layers: 3, moe: [1, 2]))
    }
    #expect(error?.description == "model m: 4 experts, but trace 'c' has 5")
  }

  @Test func `tokens that the trace says stay as they are`() throws {
    let header = TraceHeader(name: "c", content: .counts, layerNumbers: [0], experts: 4, topK: 2)
    let step = RoutingStep(number: 0, tokens: 5, counts: [1, 2, 2, 3])
    let steps = try ModelledSteps(StoredSteps(header: header, steps: [step]), of: Self.model(layers: 1, moe: [0]))
    #expect(try steps.next()?.tokens == 5)
  }

  @Test(arguments: TracePart.allCases) func `a trace without a part has all others`(part: TracePart) throws {
    let header = Sample.header()
    let original = Sample.steps(header, count: 2)
    let source = WithoutParts([part], of: StoredSteps(header: header, steps: original))
    let step = try #require(try source.next())
    #expect((step.tokenIDs == nil) == (part == .tokenIDs))
    #expect((step.sequences == nil) == (part == .sequences))
    #expect((step.weights == nil) == (part == .weights))
    #expect((step.sources == nil) == (part == .sources))
    #expect((source.header.provenance == nil) == (part == .provenance))
    #expect((source.header.name == "trace") == (part == .provenance))
    #expect(step.experts == original[0].experts && step.phase == original[0].phase)
  }

  @Test func `parts are parsed by name, and the closest is suggested`() throws {
    #expect(try TracePart.parse("token-ids, weights") == [.tokenIDs, .weights])
    for (text, message) in [
      ("token-id", "did you mean 'token-ids'"), ("weights,", "unknown ''"), ("all", "expected token-ids"),
    ] {
      let error = #expect(throws: InputError.self) { try TracePart.parse(text) }
      #expect(error?.status == .usage && error?.message.contains(message) == true, "\(error?.message ?? "")")
    }
  }
}
