import Containers
import Diagnostics
import Foundation
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// Recordings of many records, and of records that do not belong together.
@Suite struct LargeImportTests {
  /// A rank's statistics of TensorRT-LLM: tensor i of `names` counts i + `first` tokens of its only expert.
  static func statistics(_ names: [String], first: Int) -> [UInt8] {
    let entries = names.enumerated().map { index, name in
      "\"\(name)\":{\"dtype\":\"I64\",\"shape\":[1],\"data_offsets\":[\(8 * index),\(8 * index + 8)]}"
    }
    let header = Array("{\(entries.joined(separator: ","))}".utf8)
    return littleEndian(UInt64(header.count)) + header + names.indices.flatMap { littleEndian(UInt64($0 + first)) }
  }

  static func open(ranks: [[String]]) throws -> any StepSource {
    let folder = try TemporaryFolder()
    try FileManager.default.createDirectory(atPath: folder.file("t"), withIntermediateDirectories: true)
    try folder.write(#"{"num_experts":1,"num_experts_per_token":1}"#, to: "t/meta_info.json")
    for (rank, names) in ranks.enumerated() {
      try folder.write(statistics(names, first: rank + 1), to: "t/rank\(rank).safetensors")
    }
    return try ImportTests.open("tensorrt-llm", [folder.file("t")])
  }

  @Test func `statistics of thousands of iterations are read, ranks added up`() throws {
    let names = (0..<5000).flatMap { ["\($0)_3", "\($0)_10"] }
    let source = try Self.open(ranks: [names, names])
    #expect(source.header.layerNumbers == [3, 10])
    let steps = try all(source)
    #expect(steps.map(\.number) == Array(0..<5000))
    #expect(steps[4321].counts == [8643 + 8644, 8644 + 8645])
  }

  @Test(arguments: [
    ([["0_3", "1_3"], ["0_3"]], "the other ranks"),
    ([["0_3", "0_4", "1_3", "1_4"], ["0_3", "1_4"]], "the other iterations"),
    ([["0_3", "0_4", "1_3", "2_4"]], "the other iterations"),
    ([["0_3", "0_4", "1_3"]], "the other iterations"), ([["0-3"]], "expected <iteration>_<layer>"),
  ])
  func `statistics that are no grid are refused`(ranks: [[String]], message: String) throws {
    let error = #expect(throws: InputError.self) { try Self.open(ranks: ranks) }
    #expect(error?.message.contains(message) == true, "\(error?.description ?? "")")
  }

  static func megatron(_ records: [(step: Int, layer: Int, rank: Int, ids: [Int])]) throws -> any StepSource {
    let folder = try TemporaryFolder()
    let lines = records.map { record in
      """
      {"step":\(record.step),"layer":\(record.layer),"rank":\(record.rank),"num_tokens":\(record.ids.count),"topk":1,\
      "top_indices":[\(record.ids.map { "[\($0)]" }.joined(separator: ","))]}
      """
    }
    return try ImportTests.open("megatron", [folder.write(lines.joined(separator: "\n"), to: "a.jsonl")])
  }

  @Test func `a rank without tokens need not be recorded`() throws {
    let steps = try all(
      Self.megatron([
        (0, 1, 0, [7]), (0, 1, 1, [2, 3]), (0, 2, 1, [4, 5]), (0, 2, 0, [6]), (1, 1, 1, [0]), (1, 2, 1, [1]),
      ]))
    #expect(steps.map(\.experts) == [[7, 2, 3, 6, 4, 5], [0, 1]])
    #expect(steps.map(\.sources) == [[0, 1, 1], [1]])
  }

  @Test func `records of steps without their layers are refused before they are multiplied out`() throws {
    let error = #expect(throws: InputError.self) {
      try Self.megatron((0..<3000).map { ($0, $0 % 1000, $0, [1]) })
    }
    #expect(error?.message.contains("3000 records for 3000 steps of 1000 layers") == true)
  }

  @Test func `blank lines and carriage returns of a table are passed over, and its lines are named`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("1, 2\r\n\r\n3,4\r\n", to: "a.csv")
    #expect(try all(ImportTests.open("eplb-weights", [path])).map(\.counts) == [[1, 2, 3, 4]])
    for (text, message) in [("1,2\n\n3,x\n", "'x' is not a number"), ("1,2\n\n3\n", "1 numbers, the first row has 2")] {
      let path = try folder.write(text, to: "b.csv")
      let error = #expect(throws: InputError.self) { try ImportTests.open("eplb-weights", [path]) }
      #expect(error?.message.contains(message) == true && error?.place.line == 3, "\(error?.description ?? "")")
    }
    let large = try folder.write(String(repeating: "1,", count: 1 << 21) + "1", to: "c.csv")
    let error = #expect(throws: InputError.self) { try ImportTests.open("moe-comms", [large]) }
    #expect(error?.message.contains("more than 2097152 numbers") == true)
  }

  @Test func `layers take the numbers that they have in the model`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write("1,2\n3,4\n", to: "a.csv")
    func open() throws -> Imported { try Imports.named("eplb-weights").open([path], options: ImportOptions()) }
    let source = try open().renumbered(firstLayer: 3).steps(batching: nil)
    #expect(source.header.layerNumbers == [3, 4])
    #expect(try all(source).map(\.counts) == [[1, 2, 3, 4]])
    let sequences = try Imports.named("routed-experts").open([ImportTests.sequences(folder)], options: ImportOptions())
    #expect(
      try sequences.renumbered(firstLayer: 1).steps(batching: .prefill(tokensPerStep: 2)).header.layerNumbers == [1, 2])
    for number in [-1, 1_000_000] {
      #expect(throws: InputError.self) { try open().renumbered(firstLayer: number) }
    }
  }
}
