import Diagnostics
import RoutingTrace
import TestTraces
import Testing
import TraceImport

@Suite struct MegatronCountsTests {
  static func open(_ files: [(name: String, text: String)]) throws -> [RoutingStep] {
    let folder = try TemporaryFolder()
    let paths = try files.map { try folder.write($0.text, to: $0.name) }
    #expect(try Imports.detected(paths).name == "megatron-counts")
    return try all(ImportTests.open("megatron-counts", paths))
  }

  @Test func `ranks' experts lie side by side, and every microbatch is a step`() throws {
    // Given in another order than the ranks'.
    let steps = try Self.open([
      (
        "rank1.jsonl",
        """
        {"iter":7,"block":"decoder","layer":3,"tpe":[[5,6],[7,8]]}
        {"iter":7,"block":"decoder","layer":4,"tpe":[[9,10],[11,12]]}
        """
      ),
      (
        "rank0.jsonl",
        """
        {"iter":7,"block":"decoder","layer":4,"tpe":[[1,2],[3,4]]}
        {"iter":7,"block":"mtp","layer":0,"tpe":[[99,99],[99,99]]}
        {"iter":7,"block":"decoder","layer":3,"tpe":[[13,14],[15,16]]}
        """
      ),
    ])
    #expect(steps.map(\.counts) == [[13, 14, 5, 6, 1, 2, 9, 10], [15, 16, 7, 8, 3, 4, 11, 12]])
  }

  @Test func `a row alone, the rank in the line and the long name are read too`() throws {
    let steps = try Self.open([
      (
        "log.jsonl",
        """
        {"iteration":0,"layer":0,"rank":1,"tokens_per_expert":[3.0,4]}
        {"iteration":0,"layer":0,"rank":0,"tokens_per_expert":[1,2]}
        """
      )
    ])
    #expect(steps.map(\.counts) == [[1, 2, 3, 4]])
  }

  @Test(arguments: [
    (#"{"iter":0,"layer":0,"tpe":[[1,2],[3]]}"#, "1 experts, other microbatches have 2"),
    (#"{"iter":0,"layer":0,"tpe":[]}"#, "0 experts"), (#"{"layer":0,"tpe":[[1]]}"#, "iteration -1"),
    (#"{"iter":0,"layer":0,"tpe":[[1.5]]}"#, "expected a whole number"),
    (#"{"iter":0,"layer":0,"tpe":[[0]]}"#, "no tokens"),
    ("{\"iter\":0,\"layer\":0,\"tpe\":[[1]]}\n{\"iter\":0,\"layer\":0,\"tpe\":[[1]]}", "rank 0 recorded it twice"),
    (
      "{\"iter\":0,\"layer\":0,\"tpe\":[[1]]}\n{\"iter\":0,\"layer\":1,\"tpe\":[[1]]}\n{\"iter\":1,\"layer\":0,\"tpe\":[[1]]}",
      "not the layers of the other iterations"
    ),
    (
      "{\"iter\":0,\"layer\":0,\"tpe\":[[1]]}\n{\"iter\":0,\"layer\":1,\"tpe\":[[1],[1]]}",
      "rank 0 has 2 microbatches, others 1"
    ),
    (
      "{\"iter\":0,\"layer\":0,\"rank\":0,\"tpe\":[1]}\n{\"iter\":0,\"layer\":0,\"rank\":2,\"tpe\":[1]}",
      "rank 1 is missing"
    ),
  ])
  func `records that do not fit each other are refused`(text: String, message: String) throws {
    let error = #expect(throws: InputError.self) { try Self.open([("a.jsonl", text)]) }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
  }
}
