import Containers
import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// TensorRT-LLM's statistics: which ranks and layers belong together, and the tokens beside the counts.
@Suite struct TensorRTTests {
  struct Tensor {
    var name: String
    var shape: [Int]
    var values: [Int]
  }

  /// Counts are `I64`, tokens' experts `I32`.
  static func safetensors(_ tensors: [Tensor], wide: Bool) -> [UInt8] {
    var (entries, data) = ([String](), [UInt8]())
    for tensor in tensors {
      let start = data.count
      for value in tensor.values { data += wide ? littleEndian(Int64(value)) : littleEndian(Int32(value)) }
      entries.append(
        "\"\(tensor.name)\":{\"dtype\":\"\(wide ? "I64" : "I32")\",\"shape\":\(tensor.shape),\"data_offsets\":[\(start),\(data.count)]}"
      )
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    return littleEndian(UInt64(header.count)) + header + data
  }

  /// A folder of statistics of four experts, top-2.
  static func open(
    counts: [Int: [Tensor]] = [:], tokens: [Int: [Tensor]] = [:], _ options: ImportOptions = ImportOptions()
  ) throws -> (imported: Imported, steps: [RoutingStep]) {
    let folder = try TemporaryFolder()
    try folder.write(#"{"num_experts":4,"num_experts_per_token":2}"#, to: "meta_info.json")
    for (rank, tensors) in counts {
      try folder.write(safetensors(tensors, wide: true), to: "rank\(rank).safetensors")
    }
    for (rank, tensors) in tokens {
      try folder.write(safetensors(tensors, wide: false), to: "rank\(rank)_raw.safetensors")
    }
    let imported = try Imports.named("tensorrt-llm").open([folder.path], options: options)
    return (imported, try all(imported.steps(batching: nil)))
  }

  static func count(_ name: String, _ values: [Int]) -> Tensor { Tensor(name: name, shape: [4], values: values) }

  @Test func `a missing rank is named`() throws {
    let tensors = [Self.count("0_3", [1, 2, 3, 4])]
    let error = #expect(throws: InputError.self) { try Self.open(counts: [0: tensors, 1: tensors, 3: tensors]) }
    #expect(error?.message.contains("rank 2 is missing, of ranks 0, 1, 3") == true)
    #expect(error?.status == .data)
  }

  @Test func `ranks of other layers are pipeline stages, added where they have the same`() throws {
    let (imported, steps) = try Self.open(counts: [
      0: [Self.count("5_1", [1, 1, 0, 0]), Self.count("5_2", [2, 2, 2, 2])],
      1: [Self.count("5_1", [0, 1, 1, 2]), Self.count("5_2", [1, 0, 0, 0])],
      2: [Self.count("5_4", [3, 1, 1, 1])], 3: [Self.count("5_4", [0, 0, 0, 6])],
    ])
    #expect(imported.header.layerNumbers == [1, 2, 4])
    #expect(steps.map(\.counts) == [[1, 2, 1, 2, 3, 2, 2, 2, 3, 1, 1, 7]])
  }

  @Test func `a rank that lacks an iteration of others is refused`() {
    let error = #expect(throws: InputError.self) {
      try Self.open(counts: [
        0: [Self.count("5_1", [1, 1, 0, 0]), Self.count("6_1", [1, 1, 0, 0])], 1: [Self.count("5_2", [1, 1, 0, 0])],
      ])
    }
    #expect(error?.message == "not the iterations of the other ranks")
  }

  @Test func `ranks that all counted the same are counted once`() throws {
    let tensors = [Self.count("0_3", [1, 2, 3, 4])]
    let (imported, steps) = try Self.open(counts: [0: tensors, 1: tensors])
    #expect(steps.map(\.counts) == [[1, 2, 3, 4]])
    #expect(imported.notes == ["all 2 ranks counted the same: counted once"])
  }

  @Test func `raw files give each token with its rank as source`() throws {
    let tokens = [
      0: [
        Tensor(name: "5_1", shape: [2, 2], values: [0, 1, 2, 3]),
        Tensor(name: "5_2", shape: [2, 2], values: [3, 0, 1, 2]),
      ],
      1: [Tensor(name: "5_1", shape: [1, 2], values: [1, 3]), Tensor(name: "5_2", shape: [1, 2], values: [0, 2])],
    ]
    let counts = [
      0: [Self.count("5_1", [1, 1, 1, 1]), Self.count("5_2", [1, 1, 1, 1])],
      1: [Self.count("5_1", [0, 1, 0, 1]), Self.count("5_2", [1, 0, 1, 0])],
    ]
    let (imported, steps) = try Self.open(counts: counts, tokens: tokens)
    #expect((imported.header.content, imported.header.layerNumbers, imported.header.experts) == (.tokens, [1, 2], 4))
    #expect(steps.map(\.experts) == [[0, 1, 2, 3, 1, 3, 3, 0, 1, 2, 0, 2]])
    #expect(steps.map(\.sources) == [[0, 0, 1]])
    let some = try Self.open(counts: counts, tokens: [1: tokens[1] ?? []])
    #expect(some.steps.map(\.counts) == [[1, 2, 1, 2, 2, 1, 2, 1]])
    #expect(some.imported.notes == ["tokens of 1 of 2 ranks left out: counts are of all"])
  }

  @Test(arguments: [
    ([Tensor(name: "5_1", shape: [1, 2], values: [1, 4])], "expert 4 of 4"),
    ([Tensor(name: "5_1", shape: [1, 2], values: [1, -1])], "negative"),
    ([Tensor(name: "5_1", shape: [2], values: [1, 2])], "expected [tokens, 2]"),
    ([Tensor(name: "5_1", shape: [1, 2], values: [1, 1])], "expert 1 twice"), ([], "no tensors"),
  ])
  func `raw tokens that cannot be are refused`(tensors: [Tensor], message: String) {
    let error = #expect(throws: InputError.self) { try Self.open(tokens: [0: tensors]) }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func `options that go by tokens are refused for counts`() {
    var options = ImportOptions()
    options.tensorParallel = 2
    let error = #expect(throws: InputError.self) {
      try Self.open(counts: [0: [Self.count("0_3", [1, 2, 3, 4])]], options)
    }
    #expect(error?.subject == "--tensor-parallel" && error?.status == .usage)
  }

  @Test func `a rank without tensors is refused, whatever layers are asked for`() {
    let error = #expect(throws: InputError.self) { try Self.open(counts: [0: []], ImportOptions(layers: [0])) }
    #expect(error?.message == "no tensors")
  }

  @Test func `raw files that safetensors wrote are read`() throws {
    let (header, steps) = try FixtureImportTests.steps("tensorrt-llm", ["tensorrt-raw"])
    #expect((header.content, header.topK) == (.tokens, 2))
    let expected = [3, 4].flatMap { layer in [0, 1, 4].flatMap { FixtureImportTests.choice(6, layer, $0) } }
    #expect(steps.map(\.experts) == [expected] && steps.map(\.sources) == [[0, 0, 1]])
  }
}
