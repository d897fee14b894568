import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing
import TraceImport

@Suite struct ExpertSharesTests {
  private let text = """
    {"model": "m", "subjects": ["a", "b"], "questions": [3, 4],
     "fraction": [[[0.5, 0.25, 0.25, 0.0], [0.34, 0.33, 0.33, 0.0]], [[0.1, 0.2, 0.3, 0.4], [0.25, 0.25, 0.25, 0.25]]]}
    """

  private func imported(_ text: String, _ options: ImportOptions = ImportOptions(topK: 2)) throws -> Imported {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "shares.json")
    return try Imports.detected([path]).imported([path], options: options)
  }

  private func steps(
    _ text: String, tokens: Int, _ options: ImportOptions = ImportOptions(topK: 2)
  ) throws -> [RoutingStep] {
    let source = try imported(text, options).steps(batching: .prefill(tokensPerStep: tokens))
    var steps = [RoutingStep]()
    while let step = try source.next() { steps.append(step) }
    return steps
  }

  @Test func `a task is a prefill step of whole visits, as many as its tokens have`() throws {
    let steps = try steps(text, tokens: 5)
    #expect(steps.map(\.tokens) == [5, 5])
    #expect(steps.map(\.phase) == [.prefill, .prefill])
    // Ten visits: 5, 2.5, 2.5, 0 and 3.4, 3.3, 3.3, 0; what is left goes to the largest remainder.
    #expect(steps[0].counts == [5, 3, 2, 0, 4, 3, 3, 0])
    #expect(steps[1].counts == [1, 2, 3, 4, 3, 3, 2, 2])
    let header = try imported(text).header
    #expect(header.content == .counts && header.topK == 2 && header.model == "m" && header.layerNumbers == [0, 1])
  }

  @Test func `picked layers keep their numbers`() throws {
    let options = ImportOptions(layers: [1], topK: 2)
    #expect(try imported(text, options).header.layerNumbers == [1])
    #expect(try steps(text, tokens: 5, options).map(\.counts) == [[4, 3, 3, 0], [3, 3, 2, 2]])
  }

  @Test(arguments: [
    ("[[[0.5, 0.5], [0.5]]]", "a row of 1 experts, expected 2"),
    ("[[[0.5, 0.5]], [[0.5, 0.5], [0.5, 0.5]]]", "a task of 2 layers, expected 1"),
    ("[[[0.5, 0.4]]]", "shares of a layer that add up to 0.9, expected 1"),
    ("[[[1.5, -0.5]]]", "a share of 1.5, expected 0…1"), ("[]", "no 'fraction' [tasks][layers][experts]"),
    ("[[[0.8, 0.1, 0.1]]]", "an expert with a share of 0.8, more than 1/2 of the visits"),
  ])
  func `what are no shares is refused`(fraction: String, message: String) throws {
    let error = #expect(throws: InputError.self) { try imported("{\"fraction\": \(fraction)}") }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.status == .data)
  }

  @Test func `how many tokens and experts of a token has to be said`() throws {
    let batch = #expect(throws: InputError.self) { try imported(text).steps(batching: nil) }
    #expect(batch?.status == .usage && batch?.message.contains("--tokens-per-step") == true)
    let decode = #expect(throws: InputError.self) { try imported(text).steps(batching: .decode(sequences: 4, skip: 0)) }
    #expect(decode?.status == .usage)
    let topK = #expect(throws: InputError.self) { try imported(text, ImportOptions()) }
    #expect(topK?.status == .usage && topK?.message.contains("--top-k") == true)
  }
}
