import Containers
import Diagnostics
import RoutingTrace
import TestTraces
import Testing

/// What SGLang's recorder says of tokens: their experts, vocabulary ids and phase.
@Suite struct SGLangTokensTests {
  static let files = ["per_token_0.pt", "per_token_1.pt"]

  @Test func `slots become experts and padding is dropped`() throws {
    let (header, steps) = try FixtureImportTests.steps("sglang-recorder", Self.files)
    #expect((header.layerNumbers, header.experts, header.topK) == ([1, 2], 4, 2))
    #expect(steps.map(\.number) == [7, 8], "the idle pass 9 has no token")
    for step in steps {
      #expect(step.experts == [0, 1, 3, 2, 0, 1, 3, 2] + [0, 3, 2, 1, 0, 3, 2, 1])
      #expect(step.sources == [0, 0, 1, 1])
    }
  }

  @Test func `ids follow the order of the ranks' tokens, without padding's`() throws {
    for files in [Self.files, Self.files.reversed()] {
      let (_, steps) = try FixtureImportTests.steps("sglang-recorder", files)
      #expect(steps.map(\.tokenIDs) == [[1, 2, 1001, 1002], [11, 12, 1011, 1012]])
    }
  }

  @Test func `the forward mode is the phase, and of ranks that disagree it is mixed`() throws {
    let (header, steps) = try FixtureImportTests.steps("sglang-recorder", Self.files)
    #expect((header.phase, steps.map(\.phase)) == (nil, [.prefill, .mixed]))
    let (alone, same) = try FixtureImportTests.steps("sglang-recorder", [Self.files[1]])
    #expect((alone.phase, same.map(\.phase)) == (.prefill, [.prefill, .prefill]))
  }

  @Test(arguments: ["a.moetrace", "a.jsonl", "a.jsonl.gz"])
  func `ids and phases survive the trace's encodings`(name: String) throws {
    let folder = try TemporaryFolder()
    let (header, steps) = try FixtureImportTests.steps("sglang-recorder", Self.files)
    // A step without ids beside one that has them.
    var some = steps
    some[0].tokenIDs = nil
    for steps in [steps, some] {
      try Sample.write(steps, header, to: folder.file(name))
      #expect(try Sample.read(folder.file(name)) == steps)
    }
  }

  /// Two records of two tokens each, one layer of four slots; `members` are pickled values.
  static func dump(_ members: [[(String, [UInt8])]], choices: [Int32] = [0, 1, 2, 3]) throws -> [RoutingStep] {
    let map = FixtureImportTests.pickledTensor(count: 8, size: [1, 4], stride: [4, 1])
    let ids = FixtureImportTests.pickledTensor(count: 8, size: [1, 2, 2], stride: [4, 2, 1], offset: 4)
    let records = members.enumerated().flatMap { rank, members in
      let common = [
        ("forward_pass_id", FixtureImportTests.pickled(3)), ("rank", FixtureImportTests.pickled(Int32(rank))),
        ("topk_ids_of_layer", ids),
      ]
      return FixtureImportTests.pickled(common + members)
    }
    let root = FixtureImportTests.pickled([
      ("records", Array("](".utf8) + records + Array("e".utf8)), ("last_physical_to_logical_map", map),
    ])
    let storage = ([0, 1, 2, 3] + choices).flatMap { littleEndian($0) }
    let folder = try TemporaryFolder()
    let path = try folder.write(
      FixtureImportTests.torch([0x80, 2] + root + Array(".".utf8), storage: storage), to: "a.pt")
    return try all(try ImportTests.open("sglang-recorder", [path]))
  }

  static func list(_ ids: [Int32]) -> [UInt8] {
    Array("](".utf8) + ids.flatMap { FixtureImportTests.pickled($0) } + Array("e".utf8)
  }

  static let none = Array("N".utf8)

  @Test func `a row may have room for more experts than the router chooses`() throws {
    let steps = try Self.dump([[("input_ids", Self.list([9, 8]))]], choices: [2, -1, 3, -1])
    #expect(steps.map(\.experts) == [[2, 3]])
    for (choices, message) in [
      ([2, -1, 3, 0], "token 1: top-2, others have top-1"), ([-1, 2, 3, 0], "token 0: slot -1 of 4"),
    ] as [([Int32], String)] {
      #expect { try Self.dump([[]], choices: choices) } throws: { "\($0)".contains("step 3, layer 0: \(message)") }
    }
  }

  @Test func `ids may be a tensor, and a rank without them leaves the step without`() throws {
    let tensor = FixtureImportTests.pickledTensor(count: 8, size: [2], stride: [1], offset: 2)
    for (first, second, expected) in [
      ([("input_ids", tensor)], [("input_ids", Self.list([9, 8]))], [2, 3, 9, 8]),
      ([("input_ids", tensor)], [], nil), ([("input_ids", Self.none)], [("input_ids", tensor)], nil), ([], [], nil),
    ] as [([(String, [UInt8])], [(String, [UInt8])], [UInt32]?)] {
      let steps = try Self.dump([first, second])
      #expect(steps.map(\.tokenIDs) == [expected])
      #expect(steps.map(\.sources) == [[0, 0, 1, 1]])
    }
  }

  @Test(
    arguments: [
      ([1, 1], .prefill), ([2, 2], .decode), ([3, 3], .mixed), ([5, 5], .decode), ([2, 5], .decode), ([2, 1], .mixed),
      ([2, nil], nil), ([2, 99], nil), ([nil, nil], nil),
    ] as [([Int32?], Phase?)])
  func `modes of two ranks make a phase`(modes: [Int32?], phase: Phase?) throws {
    let members = modes.map { mode in mode.map { [("forward_mode", FixtureImportTests.pickled($0))] } ?? [] }
    #expect(try Self.dump(members).map(\.phase) == [phase])
  }

  @Test(arguments: [
    ("input_ids", list([1]), "step 3: 1 'input_ids' for 2 tokens"),
    ("input_ids", list([1, 2, 3]), "step 3: 3 'input_ids' for 2 tokens"),
    ("input_ids", list([1, -2]), "step 3: token 1: id -2, expected 0…4294967295"),
    (
      "input_ids", Array("](".utf8) + none + none + Array("e".utf8), "step 3: 'input_ids' holds more than whole numbers"
    ),
    ("input_ids", FixtureImportTests.pickled("12"), "step 3: 'input_ids' is no tensor of whole numbers"),
    (
      "input_ids", FixtureImportTests.pickledTensor(count: 8, size: [1, 2], stride: [2, 1]),
      "step 3: 'input_ids' of shape [1, 2], expected one axis"
    ),
    ("forward_mode", FixtureImportTests.pickled("decode"), "step 3: 'forward_mode' is no whole number"),
  ])
  func `what cannot be is one line`(key: String, value: [UInt8], message: String) {
    let error = #expect(throws: InputError.self) { try Self.dump([[(key, value)]]) }
    #expect(error?.description.hasSuffix(message) == true, "\(error?.description ?? "")")
  }

  @Test func `an id of padding may be anything`() throws {
    let steps = try Self.dump([[("input_ids", Self.list([-7, 5]))]], choices: [-1, -1, 2, 3])
    #expect(steps.map(\.tokenIDs) == [[5]])
  }
}
