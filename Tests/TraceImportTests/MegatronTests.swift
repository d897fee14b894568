import Diagnostics
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// Router traces of Megatron-LM: what its steps, blocks and ranks are.
@Suite struct MegatronTests {
  struct Record {
    var step: Int
    var layer: Int
    var rank: Int
    var ids: [Int]
    var block = "decoder"
  }

  static func line(_ record: Record) -> String {
    """
    {"step":\(record.step),"stage":"pre_dispatch","block":"\(record.block)","layer":\(record.layer),\
    "rank":\(record.rank),"num_tokens":\(record.ids.count),"topk":1,\
    "top_indices":[\(record.ids.map { "[\($0)]" }.joined(separator: ","))]}
    """
  }

  /// Imports a file for each rank, in the order of the records.
  static func open(
    _ records: [Record], _ options: ImportOptions = ImportOptions()
  ) throws -> (imported: Imported, steps: [RoutingStep]) {
    let folder = try TemporaryFolder()
    let paths = try Set(records.map(\.rank)).sorted().map { rank in
      let lines = records.filter { $0.rank == rank }.map(line).joined(separator: "\n")
      return try folder.write(lines, to: "router_trace_rank\(rank).jsonl")
    }
    let imported = try Imports.named("megatron").open(paths, options: options)
    return (imported, try all(imported.steps(batching: nil)))
  }

  static func refusal(_ records: [Record], _ options: ImportOptions = ImportOptions()) -> InputError? {
    #expect(throws: InputError.self) { try open(records, options) }
  }

  /// A record of every layer, for every rank a token of its own.
  static func pass(step: Int, layers: [Int], ranks: Range<Int>) -> [Record] {
    ranks.flatMap { rank in layers.map { Record(step: step, layer: $0, rank: rank, ids: [(rank + $0) % 8]) } }
  }

  @Test func `a layer that comes again in a step is the next microbatch`() throws {
    let records = [7, 1, 3].flatMap { id in [1, 2].map { Record(step: 0, layer: $0, rank: 0, ids: [id, $0]) } }
    let (imported, steps) = try Self.open(records + [1, 2].map { Record(step: 4, layer: $0, rank: 0, ids: [5]) })
    #expect(steps.map(\.number) == [0, 1, 2, 3])
    #expect(steps.map(\.experts) == [[7, 1, 7, 2], [1, 1, 1, 2], [3, 1, 3, 2], [5, 5]])
    #expect(imported.notes == ["2 iterations of up to 3 microbatches: a step is a microbatch"])
  }

  @Test func `steps of one pass keep their numbers`() throws {
    let records = Self.pass(step: 3, layers: [1], ranks: 0..<1) + Self.pass(step: 8, layers: [1], ranks: 0..<1)
    let (imported, steps) = try Self.open(records)
    #expect(steps.map(\.number) == [3, 8])
    #expect(imported.notes.isEmpty)
  }

  @Test func `microbatches that one rank lacks are refused`() {
    let records = [0, 0, 1].map { Record(step: 0, layer: 1, rank: $0, ids: [$0]) }
    let error = Self.refusal(records)
    #expect(error?.message == "rank 1 recorded fewer than the 2 passes of others")
    #expect((error?.place.step, error?.place.layer) == (0, 1))
  }

  @Test func `a run that was started anew is refused with both lines`() {
    let records = [0, 1, 0, 1].map { Record(step: $0, layer: 1, rank: 0, ids: [3]) }
    let error = Self.refusal(records)
    #expect(error?.message.hasPrefix("rank 0: step 0 again, first on line 1: a run that was started anew?") == true)
    #expect(error?.place.line == 3)
    #expect(
      Self.refusal([5, 4].map { Record(step: $0, layer: 1, rank: 0, ids: [3]) })?.message.contains("after step 5")
        == true)
  }

  @Test func `a rank's file given twice is refused, by its own and by another name`() throws {
    let folder = try TemporaryFolder()
    let text = Self.line(Record(step: 0, layer: 1, rank: 0, ids: [3]))
    let (a, b) = (try folder.write(text, to: "router_trace_rank0.jsonl"), try folder.write(text, to: "copy.jsonl"))
    for (paths, message) in [([a, a], "given twice"), ([a, b], "rank 0 again, as in \(a)")] {
      let error = #expect(throws: InputError.self) {
        try Imports.named("megatron").open(paths, options: ImportOptions())
      }
      #expect(error?.message == message && error?.subject == paths[1])
    }
  }

  @Test func `other blocks than the decoder are left out with a note`() throws {
    let mtp = Record(step: 0, layer: 0, rank: 0, ids: [1], block: "mtp")
    let (imported, steps) = try Self.open(Self.pass(step: 0, layers: [3, 4], ranks: 0..<1) + [mtp])
    #expect(imported.header.layerNumbers == [3, 4])
    #expect(steps.map(\.tokens) == [1])
    #expect(imported.notes == ["1 record of block 'mtp' left out: no decoder layers"])
  }

  @Test func `ranks with other layers are pipeline stages, and a token's source is its rank in the stage`() throws {
    let records = Self.pass(step: 0, layers: [1, 2], ranks: 0..<2) + Self.pass(step: 0, layers: [3, 4], ranks: 2..<4)
    let (imported, steps) = try Self.open(records)
    #expect(imported.header.layerNumbers == [1, 2, 3, 4])
    #expect(steps.map(\.sources) == [[0, 1]])
    #expect(steps.map(\.experts) == [[1, 2, 2, 3, 5, 6, 6, 7]])
    #expect(imported.notes == ["2 pipeline stages of 2 ranks"])
  }

  @Test func `stages of different ranks are refused`() {
    let records = Self.pass(step: 0, layers: [1], ranks: 0..<2) + Self.pass(step: 0, layers: [2], ranks: 2..<3)
    #expect(Self.refusal(records)?.message == "ranks hold 2 sets of layers, of 2, 1 ranks: no pipeline stages")
  }

  @Test func `stages that number their layers from 0 are told apart by an option`() throws {
    let records = Self.pass(step: 0, layers: [1, 2], ranks: 0..<2) + Self.pass(step: 0, layers: [0, 1], ranks: 2..<4)
    var options = ImportOptions()
    options.stageLayers = [3, 2]
    let (imported, steps) = try Self.open(records, options)
    #expect(imported.header.layerNumbers == [1, 2, 3, 4])
    #expect(steps.map(\.experts) == [[1, 2, 2, 3, 2, 3, 3, 4]])
    for (layers, message) in [([1, 1, 1], "3 stages do not divide 4 ranks"), ([2, 2], "layer 2 of a stage of 2")] {
      options.stageLayers = layers
      let error = Self.refusal(records, options)
      #expect(error?.message.contains(message) == true && error?.status == .usage)
    }
  }

  @Test func `tokens that all ranks recorded alike count once`() throws {
    let records = [0, 1].flatMap { rank in [1, 2].map { Record(step: 0, layer: $0, rank: rank, ids: [3, $0]) } }
    let (imported, steps) = try Self.open(records)
    #expect(steps.map(\.tokens) == [2])
    #expect(imported.notes == ["all 2 ranks recorded the same tokens: counted once"])
    var options = ImportOptions()
    options.tensorParallel = 1
    #expect(try Self.open(records, options).steps.map(\.tokens) == [4])
  }

  @Test func `tokens that some ranks recorded alike are asked about`() throws {
    let records = [0, 0, 5, 5].enumerated().map { Record(step: 0, layer: 1, rank: $0, ids: [$1, $1 + 1]) }
    let error = Self.refusal(records)
    #expect(
      error?.message.contains("ranks 0 and 1 recorded the same tokens, others did not: give --tensor-parallel 2")
        == true)
    #expect(error?.status == .usage)
    var options = ImportOptions()
    options.tensorParallel = 2
    let (_, steps) = try Self.open(records, options)
    #expect(steps.map(\.experts) == [[0, 1, 5, 6]])
    #expect(steps.map(\.sources) == [[0, 0, 1, 1]])
    options.tensorParallel = 4
    #expect(Self.refusal(records, options)?.message == "ranks 0 and 2 recorded different tokens")
    options.tensorParallel = 3
    #expect(Self.refusal(records, options)?.message == "3 does not divide 4 ranks")
  }

  @Test func `a missing rank is named, unless the option says which there are`() throws {
    let records = [0, 1, 3].map { Record(step: 0, layer: 1, rank: $0, ids: [$0]) }
    #expect(Self.refusal(records)?.message.contains("rank 2 is missing, of ranks 0, 1, 3") == true)
    var options = ImportOptions()
    options.ranks = [0, 1, 3]
    #expect(try Self.open(records, options).steps.map(\.tokens) == [3])
    options.ranks = [0, 1, 3, 4]
    #expect(Self.refusal(records, options)?.message.contains("rank 4 is missing") == true)
    options.ranks = [0, 1]
    #expect(Self.refusal(records, options)?.message == "rank 3 is none of --recorded-ranks")
  }

  @Test func `a line without its counts is refused, not multiplied out`() {
    let error = #expect(throws: InputError.self) {
      let folder = try TemporaryFolder()
      let path = try folder.write(#"{"step":0,"layer":1,"rank":0}"#, to: "a.jsonl")
      _ = try Imports.named("megatron").open([path], options: ImportOptions())
    }
    #expect(error?.message == "no 'num_tokens' and 'topk'")
  }
}
