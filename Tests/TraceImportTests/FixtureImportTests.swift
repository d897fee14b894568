import Containers
import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// Files as the systems around us write them; `Fixtures/make_fixtures.py` made them.
@Suite struct FixtureImportTests {
  static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Fixtures")
    .path

  static func steps(
    _ format: String, _ files: [String], _ options: ImportOptions = ImportOptions(), batching: Batching? = nil
  ) throws -> (header: TraceHeader, steps: [RoutingStep]) {
    let source = try ImportTests.open(format, files.map { "\(folder)/\($0)" }, options, batching: batching)
    return (source.header, try all(source))
  }

  /// The rule of the script.
  static func choice(_ step: Int, _ layer: Int, _ token: Int) -> [UInt16] {
    let first = (5 * step + 3 * layer + 7 * token) % 16
    return [UInt16(first), UInt16((first + 1 + token) % 16)]
  }

  @Test(arguments: [
    ("routed-experts", "routed.npz"), ("responses", "vllm.jsonl"), ("responses", "vllm-lists.jsonl"),
    ("responses", "sglang-int32.jsonl"), ("responses", "sglang-uint8.jsonl"), ("responses", "vllm-prompt.jsonl"),
    ("responses", "vllm-stream.txt"), ("responses", "sglang-chat.jsonl"), ("responses", "sglang-batch.jsonl"),
    ("responses", "sglang-batch.json"), ("responses", "dynamo.jsonl"), ("routed-experts", "batch.npy"),
  ])
  func `sequences of three and two tokens are read, dense layer left out`(format: String, file: String) throws {
    var options = ImportOptions(layers: [1, 2], experts: 16)
    if file.hasPrefix("sglang") { (options.recordedLayers, options.topK) = (3, 2) }
    let (header, steps) = try Self.steps(format, [file], options, batching: .prefill(tokensPerStep: 3))
    #expect(header.layerNumbers == [1, 2])
    #expect(steps.map(\.tokens) == [3, 2])
    for (sequence, step) in steps.enumerated() {
      let expected = [1, 2].flatMap { layer in (0..<step.tokens).flatMap { Self.choice(sequence, layer, $0) } }
      #expect(step.experts == expected)
      #expect(step.sequences == Array(repeating: UInt32(sequence), count: step.tokens))
    }
  }

  @Test(arguments: ["routed.npy", "routed-fortran.npy"])
  func `one array is one sequence in either memory order`(file: String) throws {
    let options = ImportOptions(layers: [1, 2], experts: 16)
    let (_, steps) = try Self.steps("routed-experts", [file], options, batching: .prefill(tokensPerStep: 9))
    #expect(steps.map(\.experts) == [[1, 2].flatMap { layer in (0..<3).flatMap { Self.choice(0, layer, $0) } }])
  }

  @Test(arguments: [
    ("routed.npz", "routed-experts"), ("vllm.jsonl", "responses"), ("vllm-lists.jsonl", "responses"),
    ("vllm-stream.txt", "responses"), ("sglang-batch.jsonl", "responses"), ("sglang-batch.json", "responses"),
    ("dynamo.jsonl", "responses"), ("batch.npy", "routed-experts"),
    ("sglang-uint8.jsonl", "responses"), ("stat.pt", "sglang-recorder"), ("per_token_0.pt", "sglang-recorder"),
    ("tensorrt", "tensorrt-llm"), ("calibrator.json", "tensorrt-llm-calibrator"),
    ("router_trace_rank0.jsonl", "megatron"), ("activations.npy", "moe-infinity"), ("weights.npy", "eplb-weights"),
    ("weights.json", "eplb-weights"), ("hotness/decode_0.csv", "hotness"),
  ])
  func `a format is told from the file`(file: String, format: String) throws {
    #expect(try Imports.detected(["\(Self.folder)/\(file)"]).name == format)
  }

  @Test func `formats that files do not tell apart are named`() throws {
    for (file, names) in [
      ("weights.csv", "one of eplb-weights, moe-comms"), ("routed.npy", "one of routed-experts, moe-infinity"),
      ("make_fixtures.py", "not recognized: give --from one of routed-experts, responses"),
    ] {
      let error = #expect(throws: InputError.self) { try Imports.detected(["\(Self.folder)/\(file)"]) }
      #expect(error?.status == .usage && error?.message.contains(names) == true, "\(error?.description ?? "")")
    }
    for sources in [[], ["-"], ["/nonexistent"]] {
      #expect(throws: InputError.self) { try Imports.detected(sources) }
    }
  }

  @Test(arguments: [
    (#"{"logical_count":[[1]]}"#, "a.json", "counts"), ("[[[1,2]]]", "a.json", "counts"),
    ("[[1,2]]", "a.json", "eplb-weights"), ("3,1\n", "routing.csv", "moe-comms"),
    (#"{"format":"moe-routing-trace","version":1}"#, "a.jsonl", "trace"), ("\u{1F}", "a", nil), ("", "a.csv", nil),
  ])
  func `a format is told from its first words`(text: String, name: String, format: String?) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(text, to: name)
    #expect((try? Imports.detected([path]))?.name == format)
    if format == "moe-comms" {
      #expect(try Imports.detected([path, try folder.write("1,1,0,0\n", to: "weights.csv")]).name == format)
    }
  }

  @Test func `raw numbers need a shape`() throws {
    let error = #expect(throws: InputError.self) {
      try Self.steps("responses", ["sglang-int32.jsonl"], batching: .prefill(tokensPerStep: 3))
    }
    #expect(error?.message.contains("--recorded-layers") == true)
  }

  @Test(arguments: [
    ("megatron", ["router_trace_rank0.jsonl", "router_trace_rank1.jsonl"]),
    ("tensorrt-llm-calibrator", ["calibrator.json"]),
  ])
  func `ranks' tokens come together with the rank as source`(format: String, files: [String]) throws {
    let (header, steps) = try Self.steps(format, files)
    #expect((header.layerNumbers, header.topK, header.experts) == ([3, 4], 2, 16))
    #expect(steps.map(\.number) == [0, 1])
    for step in steps {
      #expect(step.sources == [0, 0, 1, 1])
      #expect(
        step.experts == [3, 4].flatMap { layer in [0, 1, 4, 5].flatMap { Self.choice(step.number, layer, $0) } })
    }
  }

  @Test(arguments: [
    ("eplb-weights", ["weights.npy"]), ("eplb-weights", ["weights.csv"]), ("eplb-weights", ["weights.json"]),
    ("hotness", ["hotness/decode_1.csv", "hotness/decode_0.csv"]),
  ])
  func `matrices of counts are one step`(format: String, files: [String]) throws {
    let (header, steps) = try Self.steps(format, files)
    #expect(header.phase == (format == "hotness" ? .decode : nil))
    #expect(steps.map(\.counts) == [[8, 9, 10, 11, 12, 13, 14, 15]])
  }

  @Test func `activation matrices are a step for each sequence`() throws {
    let (_, steps) = try Self.steps("moe-infinity", ["activations.npy"])
    #expect(steps.map(\.counts) == [Array(0..<8), Array(8..<16)])
  }

  @Test func `TensorRT-LLM's ranks are added up`() throws {
    let (header, steps) = try Self.steps("tensorrt-llm", ["tensorrt"])
    #expect((header.layerNumbers, header.topK) == ([3, 4], 2))
    #expect(steps.map(\.counts) == [[7, 9, 11, 13, 9, 11, 13, 15], [27, 29, 31, 33, 29, 31, 33, 35]])
  }

  @Test func `SGLang's statistics drop the dense layer and the unused row`() throws {
    let (header, steps) = try Self.steps("sglang-recorder", ["stat.pt"])
    #expect(header.layerNumbers == [1, 2])
    #expect(steps.map(\.number) == [0, 2])
    #expect(steps.map(\.counts) == [[1, 2, 3, 4, 5, 6, 7, 8], [4, 3, 2, 1, 8, 7, 6, 5]])
  }

  @Test func `SGLang's passes map slots to experts and add ranks`() throws {
    let (header, steps) = try Self.steps("sglang-recorder", ["per_pass_0.pt", "per_pass_1.pt"])
    #expect(header.layerNumbers == [1, 2])
    #expect(steps.map(\.counts) == Array(repeating: [21, 6, 9, 27, 21, 15, 12, 15], count: 2))
  }

  /// Formats whose files a test breaks, with what reads them.
  static let breakable: [(String, String, ImportOptions)] = [
    ("routed-experts", "routed.npz", ImportOptions(layers: [1, 2], experts: 16)),
    ("responses", "vllm.jsonl", ImportOptions(layers: [1, 2], experts: 16)),
    ("sglang-recorder", "stat.pt", ImportOptions()), ("sglang-recorder", "per_pass_0.pt", ImportOptions()),
    ("sglang-recorder", "per_token_0.pt", ImportOptions()), ("moe-infinity", "activations.npy", ImportOptions()),
    ("megatron", "router_trace_rank0.jsonl", ImportOptions()),
    ("tensorrt-llm-calibrator", "calibrator.json", ImportOptions()),
    ("eplb-weights", "weights.json", ImportOptions()),
  ]

  @Test(arguments: breakable.indices)
  func `a broken file is an error or a valid trace, never a trap`(index: Int) throws {
    let (format, file, options) = Self.breakable[index]
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(file)")))
    let folder = try TemporaryFolder()
    let batching: Batching? = ["routed-experts", "responses"].contains(format) ? .prefill(tokensPerStep: 4) : nil
    for at in bytes.indices {
      var flipped = bytes
      flipped[at] ^= 1 << (at % 8)
      for broken in [flipped, Array(bytes[..<at])] {
        let path = try folder.write(broken, to: "broken")
        do {
          _ = try all(try ImportTests.open(format, [path], options, batching: batching))
        } catch { #expect(error is InputError, "\(error)") }
      }
    }
  }

  /// A `.pt` around a pickle.
  static func torch(_ pickle: [UInt8], storage: [UInt8] = []) -> [UInt8] {
    ImportTests.zip([("a/data.pkl", pickle), ("a/byteorder", Array("little".utf8)), ("a/data/0", storage)])
  }

  static func pickled(_ number: Int32) -> [UInt8] { [UInt8(ascii: "J")] + littleEndian(number) }
  static func pickled(_ text: String) -> [UInt8] {
    [UInt8(ascii: "X")] + littleEndian(UInt32(text.utf8.count)) + Array(text.utf8)
  }

  /// A tensor that views storage 0 of `count` ints.
  static func pickledTensor(count: Int32, size: [Int32], stride: [Int32], offset: Int32 = 0) -> [UInt8] {
    func tuple(_ items: [[UInt8]]) -> [UInt8] { [UInt8(ascii: "(")] + items.flatMap(\.self) + [UInt8(ascii: "t")] }
    let storage = tuple([
      pickled("storage"), Array("ctorch\nIntStorage\n".utf8), pickled("0"), pickled("cpu"), pickled(count),
    ])
    let arguments = tuple([
      storage + Array("Q".utf8), pickled(offset), tuple(size.map { pickled($0) }), tuple(stride.map { pickled($0) }),
      [0x89], Array("ccollections\nOrderedDict\n)R".utf8),
    ])
    return Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8) + arguments + Array("R".utf8)
  }

  /// A dictionary of pickled values.
  static func pickled(_ members: [(String, [UInt8])]) -> [UInt8] {
    Array("}".utf8) + members.flatMap { pickled($0.0) + $0.1 + Array("s".utf8) }
  }

  /// `{'logical_count': tensor}` of a storage of `count` ints.
  static func tensorPickle(count: Int32, size: [Int32], stride: [Int32], offset: Int32 = 0) -> [UInt8] {
    let tensor = pickledTensor(count: count, size: size, stride: stride, offset: offset)
    return [0x80, 2] + pickled([("logical_count", tensor)]) + Array(".".utf8)
  }

  @Test func `a view of a storage is read by its strides`() throws {
    let folder = try TemporaryFolder()
    let storage = (0..<6).flatMap { littleEndian(Int32($0)) }
    let path = try folder.write(
      Self.torch(Self.tensorPickle(count: 6, size: [2, 2], stride: [1, 2], offset: 1), storage: storage), to: "a.pt")
    #expect(try all(try ImportTests.open("sglang-recorder", [path])).map(\.counts) == [[1, 3, 2, 4]])
  }

  @Test(arguments: [
    (
      torch(tensorPickle(count: 6, size: [2, 2], stride: [1, 4], offset: 2), storage: .init(repeating: 0, count: 24)),
      "beyond"
    ),
    (
      torch(tensorPickle(count: 6, size: [2, 2], stride: [-1, 1]), storage: .init(repeating: 0, count: 24)), "negative"
    ),
    (
      torch(
        tensorPickle(count: 6, size: [.max, .max, .max], stride: [0, 0, 0]), storage: .init(repeating: 0, count: 24)),
      "beyond"
    ),
    (
      torch(tensorPickle(count: .max, size: [2, 2], stride: [2, 1]), storage: .init(repeating: 0, count: 24)),
      "24 bytes for"
    ),
    (torch([0x80, 2] + Array("cos\nsystem\n.".utf8)), "global 'os system' is not allowed"),
    (torch([0x80, 2] + Array("}b.".utf8)), "opcode BUILD is not allowed"),
    (torch([0x80, 2, 0x81]), "opcode NEWOBJ is not allowed"), (torch([0x80, 2, 0x93]), "STACK_GLOBAL"),
    (torch([0x80, 2] + Array("(ios\nsystem\n.".utf8)), "opcode INST"), (torch([0x80, 4]), "protocol 4"),
    (torch([0x80, 2, 0x82, 1]), "EXT1"), (torch([0x80, 2, UInt8(ascii: "a")]), "nothing on the stack"),
    (Array("\u{80}\u{2}.".utf8), "not a zip"),
  ])
  func `a pickle that is more than tensors is refused by name`(bytes: [UInt8], message: String) throws {
    try expectRefusal(of: bytes, message)
  }

  @Test func `a pickle of too many values is refused`() throws {
    let lists = [UInt8](repeating: UInt8(ascii: "]"), count: 1_000_001)
    try expectRefusal(of: Self.torch([0x80, 2] + lists), "values; dump more often")
  }

  private func expectRefusal(of bytes: [UInt8], _ message: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(bytes, to: "a.pt")
    let error = #expect(throws: InputError.self) { try ImportTests.open("sglang-recorder", [path]) }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test(arguments: [
    (#"{"0_3":{"dtype":"I64","shape":[1099511627776,1099511627776],"data_offsets":[0,8]}}"#, "does not fit"),
    (#"{"0_3":{"dtype":"I64","shape":[1],"data_offsets":[8,0]}}"#, "outside"),
    (#"{"0_3":{"dtype":"I64","shape":[1],"data_offsets":[0,99]}}"#, "outside"),
    (#"{"0_3":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#, "expected I64"),
    (
      #"{"0_3":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},"0_4":{"dtype":"I64","shape":[1],"data_offsets":[0,8]}}"#,
      "overlap"
    ),
    (#"{}"#, "bytes after"),
  ])
  func `safetensors that lie are refused`(header: String, message: String) throws {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.file("t"), withIntermediateDirectories: true)
    try folder.write(#"{"num_experts":1,"num_experts_per_token":1}"#, to: "t/meta_info.json")
    try folder.write(
      littleEndian(UInt64(header.utf8.count)) + Array(header.utf8) + [0, 0, 0, 0, 0, 0, 0, 1], to: "t/rank0.safetensors"
    )
    let error = #expect(throws: InputError.self) { try ImportTests.open("tensorrt-llm", [folder.file("t")]) }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
  }
}
