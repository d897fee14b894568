import Containers
import Diagnostics
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// slime's and miles's routing replay, and the logits of Transformers' routers.
@Suite struct RoutingReplayTests {
  static func list(_ items: [[UInt8]]) -> [UInt8] { Array("](".utf8) + items.flatMap(\.self) + Array("e".utf8) }

  /// `[routers][micro-batches]` of two tokens, top-2, one after another in the storage.
  static func replay(_ routers: Int32, _ batches: Int32) -> [UInt8] {
    let count = routers * batches * 4
    return list(
      (0..<routers).map { router in
        list(
          (0..<batches).map { batch in
            FixtureImportTests.pickledTensor(
              count: count, size: [2, 2], stride: [2, 1], offset: (router * batches + batch) * 4)
          })
      })
  }

  static func imported(
    _ root: [UInt8], ranks: [[Int32]], _ options: ImportOptions = ImportOptions()
  ) throws -> (imported: Imported, steps: [RoutingStep]) {
    let folder = try TemporaryFolder()
    let paths = try ranks.enumerated().map { rank, ids in
      try folder.write(
        FixtureImportTests.torch([0x80, 2] + root + Array(".".utf8), storage: ids.flatMap { littleEndian($0) }),
        to: "rank\(rank)_routing_replay.pt")
    }
    #expect(try Imports.detected(paths).name == "routing-replay")
    let imported = try Imports.named("routing-replay").imported(paths, options: options)
    return (imported, try all(try imported.steps(batching: nil)))
  }

  static let ids: [Int32] = [0, 1, 2, 3, 4, 5, 6, 7, 7, 6, 5, 4, 3, 2, 1, 0]

  @Test(arguments: [replay(2, 2), FixtureImportTests.pickled([("replays", replay(2, 2))])])
  func `a micro-batch is a step and a router a layer`(root: [UInt8]) throws {
    let (imported, steps) = try Self.imported(root, ranks: [Self.ids])
    #expect(imported.header.layerNumbers == [0, 1] && imported.notes.isEmpty)
    #expect(steps.map(\.experts) == [[0, 1, 2, 3, 7, 6, 5, 4], [4, 5, 6, 7, 3, 2, 1, 0]])
    #expect(steps.map(\.sources) == [[0, 0], [0, 0]])
  }

  @Test func `ranks are sources, equal ones count once, and padding is left out`() throws {
    let other = Self.ids.map { ($0 + 1) % 8 }
    #expect(try Self.imported(Self.replay(2, 2), ranks: [Self.ids, other]).steps.map(\.tokens) == [4, 4])
    let equal = try Self.imported(Self.replay(2, 2), ranks: [Self.ids, Self.ids])
    #expect(equal.imported.notes == ["all 2 ranks recorded the same tokens: counted once"])
    #expect(equal.steps.map(\.tokens) == [2, 2])
    let padded = try Self.imported(Self.replay(2, 1), ranks: [[0, 1, -1, -1, 2, 3, -1, -1]])
    #expect(padded.imported.notes == ["1 row of padding (−1) left out"])
    #expect(padded.steps.map(\.experts) == [[0, 1, 2, 3]])
  }

  @Test(
    arguments: [
      (replay(2, 1), [0, 1, -1, -1, 2, 3, 4, 5], "rank 0 recorded 2 tokens, 1 in the first layer"),
      (replay(2, 1), [0, 1, 2, -1, 2, 3, 4, 5], "step 0, layer 0: token 1: −1 beside experts"),
      (replay(2, 1), [0, 1, 2, -2, 2, 3, 4, 5], "holds -2, expected -1…65534"),
      (list([replay(1, 1)]), [0, 1, 2, 3], "no tensor of whole numbers"), (list([]), [], "neither a list of routers"),
      (list([list([]), replay(1, 1)]), [0, 1, 2, 3], "1 micro-batches, others have 0"),
      (list([pickledNumber]), [], "no list of micro-batches"),
    ] as [([UInt8], [Int32], String)])
  func `a replay that does not fit together is one line`(root: [UInt8], ids: [Int32], message: String) {
    let error = #expect(throws: InputError.self) { try Self.imported(root, ranks: [ids]) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  static let pickledNumber = FixtureImportTests.pickled(7)

  @Test func `a router's largest logits are its choice`() throws {
    let path = "\(FixtureImportTests.folder)/logits.npz"
    let steps = try all(
      try Imports.named("router-logits").imported([path, path], options: ImportOptions(topK: 2)).steps(batching: nil))
    let expected = [1, 2].flatMap { layer in (0..<3).flatMap { FixtureImportTests.choice(0, layer, $0) } }
    #expect(steps.map(\.experts) == [expected, expected])
    let error = #expect(throws: InputError.self) {
      try Imports.named("router-logits").open([path], options: ImportOptions())
    }
    #expect(error?.status == .usage && error?.message.contains("--top-k") == true)
  }

  static func logits(_ values: [Float], shape: String, topK: Int = 2) throws -> [RoutingStep] {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      ImportTests.npy("<f4", shape, values.flatMap { littleEndian($0.bitPattern) }), to: "a.npy")
    return try all(
      try Imports.named("router-logits").imported([path], options: ImportOptions(topK: topK)).steps(batching: nil))
  }

  @Test func `of equal logits the lowest id comes first`() throws {
    let steps = try Self.logits([1, 3, 3, 3, -1, -2, -1, -3], shape: "(1, 2, 4)")
    #expect(steps.map(\.experts) == [[1, 2, 0, 2]])
    #expect(
      try Self.logits([1, 3, 3, 3, -1, -2, -1, -3], shape: "(2, 1, 4)", topK: 4).map(\.experts) == [
        [1, 2, 3, 0, 0, 2, 1, 3]
      ])
  }

  @Test(
    arguments: [
      ([1, .nan, 0, 0], "(1, 1, 4)", 2, "layer 0: token 0: the logit of expert 1 is not a number"),
      ([1, 2, 0, 0], "(1, 1, 4)", 5, "top-5"), ([1, 2, 0, 0], "(1, 4)", 2, "expected [layers, tokens, experts]"),
      ([], "(1, 0, 4)", 2, "expected [layers, tokens, experts]"),
      ([], "(0, 1, 4)", 2, "expected [layers, tokens, experts]"),
    ] as [([Float], String, Int, String)])
  func `logits that are none are one line`(values: [Float], shape: String, topK: Int, message: String) {
    let error = #expect(throws: InputError.self) { try Self.logits(values, shape: shape, topK: topK) }
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }
}
