import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// Answers of serving systems' APIs beyond the plain ones.
@Suite struct ResponsesTests {
  static func open(_ text: String, _ options: ImportOptions = ImportOptions()) throws -> Imported {
    let folder = try TemporaryFolder()
    return try Imports.named("responses").imported([try folder.write(text, to: "a.jsonl")], options: options)
  }

  static func experts(_ text: String) throws -> [[UInt16]] {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: "a.jsonl")
    return try all(try ImportTests.open("responses", [path], batching: .prefill(tokensPerStep: 64))).map(\.experts)
  }

  @Test(arguments: [
    ("vllm-prompt.jsonl", ["1 request without routed_experts left out, as aborted ones are recorded"]),
    ("vllm-stream.txt", []), ("dynamo.jsonl", []),
  ])
  func `aborted requests are counted, and chunks of a stream are not`(file: String, notes: [String]) throws {
    let imported = try Imports.named("responses").imported(
      ["\(FixtureImportTests.folder)/\(file)"], options: ImportOptions(layers: [1, 2], experts: 16))
    #expect(imported.notes == notes)
    #expect(imported.header.provenance?.method == (["converted from responses"] + notes).joined(separator: "; "))
  }

  @Test func `a prompt's routes come before those of each of its choices`() throws {
    let choices = #"[{"routed_experts":[[[5,6]]]},{"routed_experts":[[[7,0]]]}]"#
    let text = #"{"prompt_routed_experts":[[[1,2]],[[3,4]]],"choices":\#(choices)}"#
    #expect(try Self.experts(text) == [[1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 7, 0]])
    #expect(try Self.experts(#"{"prompt_routed_experts":[[[1,2]]],"choices":[{"routed_experts":null}]}"#) == [[1, 2]])
  }

  @Test func `a request without an identifier that has no routes is counted for itself`() throws {
    let routed = #"{"id":"a","choices":[{"routed_experts":[[[1,2]]]}]}"#
    let imported = try Self.open("{}\n{\"id\":\"b\"}\n{\"error\":1}\n{\"id\":\"a\"}\n\(routed)\n")
    #expect(imported.notes == ["3 requests without routed_experts left out, as aborted ones are recorded"])
  }

  @Test func `a log without any routes says so`() {
    let error = #expect(throws: InputError.self) { try Self.open("{\"id\":\"a\"}\n{\"id\":\"b\"}\n") }
    #expect(error?.message == "no 'routed_experts' in 2 responses" && error?.status == .data)
  }

  static func described(_ members: String) -> String { #"{"choices":[{"routed_experts":{\#(members)}}]}"# }

  /// One token, one layer.
  @Test(arguments: [
    (#""data":"AQID","shape":[1,1,3],"dtype":"uint8""#, [1, 2, 3]), (#""data":"AQID","shape":[1,1,3]"#, [1, 2, 3]),
    (#""dtype":"torch.int16","shape":[1,1,2],"data":"AQACAA==""#, [1, 2]),
    (#""data":"AQACAA==","shape":[1,1,2]"#, [1, 2]),
    // Base 85 of the same four bytes: five characters, where base64 takes eight.
    (#""data":"0RRF3","shape":[1,1,2]"#, [1, 2]), (#""data":"0RRF3","shape":[1,1,2],"dtype":"int16""#, [1, 2]),
    (#""data":"AQAAAAAAAAACAAAAAAAAAA==","shape":[1,1,2],"dtype":"int64","start":9"#, [1, 2]),
  ])
  func `numbers with a shape are read in every type and base`(members: String, expected: [UInt16]) throws {
    #expect(try Self.experts(Self.described(members)) == [expected])
  }

  @Test(arguments: [
    (described(#""data":"AQID","shape":[1,1]"#), "a shape of three axes"),
    (described(#""data":"AQID","shape":[1,1,3,1]"#), "more than three axes"), (described(#""shape":[1,1,3]"#), "data"),
    (described(#""data":"AQID","shape":[1,1,4]"#), "neither base64 nor base 85 of so many uint8, int16"),
    (described(#""data":"AQID","shape":[1,1,3],"dtype":"int32""#), "neither base64 nor base 85 of so many int32"),
    (described(#""data":"AQID","shape":[1,1,3],"dtype":"unit8""#), "did you mean 'uint8'"),
    (described(#""data":"AQID","shape":[1099511627776,1099511627776,8]"#), "of shape"),
    (described(#""data":"AQID","shape":[1099511627776,0,8]"#), "of shape"),
    (described(#""data":"/v8=","shape":[1,1,1],"dtype":"int16""#), "expert id -2"),
    (#"{"routed_experts":[[[1,2]],[[1,2],[3,4]]]}"#, "different numbers of layers"),
    (#"{"routed_experts":[[[1,-2]]]}"#, "expert id -2"), (#"{"routed_experts":"AAAA"}"#, "give --recorded-layers"),
    (
      #"{"prompt_routed_experts":[[[1,2]]],"routed_experts":[[[1,2],[3,4]]]}"#,
      "1 layers and top-2 of the prompt, 2 and top-2 of the completion"
    ),
    ("data: {\"a\"", "expected ':'"), ("[\n{\"routed_experts\":[[[1,2]]]},\n{]\n", "expected"),
  ])
  func `a payload that lies is one line`(text: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.open(text) }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
    #expect(error?.place.line != nil, "\(error?.description ?? "")")
  }
}
