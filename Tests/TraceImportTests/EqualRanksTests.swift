import Containers
import Diagnostics
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// SGLang's dumps of ranks that hold the same tokens, of ranks that are missing, and of shared experts.
@Suite struct EqualRanksTests {
  private static func tensor(_ size: [Int32], offset: Int32) -> [UInt8] {
    let stride = size.indices.map { axis in size[(axis + 1)...].reduce(1, *) }
    return FixtureImportTests.pickledTensor(count: 16, size: size, stride: stride, offset: offset)
  }

  /// A rank's dump of one pass of two tokens, one layer of four slots.
  static func dump(
    _ folder: TemporaryFolder, rank: Int32, choices: [Int32], pass: Int32 = 3, key: String = "topk_ids_of_layer"
  ) throws -> String {
    let isTokens = key == "topk_ids_of_layer"
    let values = tensor(isTokens ? [1, 2, Int32(choices.count / 2)] : [1, 4], offset: 4)
    let record = FixtureImportTests.pickled([
      ("forward_pass_id", FixtureImportTests.pickled(pass)), ("rank", FixtureImportTests.pickled(rank)), (key, values),
    ])
    let root = FixtureImportTests.pickled([
      ("records", Array("](".utf8) + record + Array("e".utf8)),
      ("last_physical_to_logical_map", tensor([1, 4], offset: 0)),
    ])
    let storage = [0, 1, 2, 3] + choices + Array(repeating: 0, count: 12 - choices.count)
    return try folder.write(
      FixtureImportTests.torch(
        [0x80, 2] + root + Array(".".utf8), storage: storage.flatMap { littleEndian(Int32($0)) }),
      to: "\(rank)-\(pass).pt")
  }

  static func imported(
    _ ranks: [(Int32, [Int32])], _ options: ImportOptions = ImportOptions(), key: String = "topk_ids_of_layer"
  ) throws -> (notes: [String], steps: [RoutingStep]) {
    let folder = try TemporaryFolder()
    let paths = try ranks.map { try dump(folder, rank: $0, choices: $1, key: key) }
    let imported = try Imports.named("sglang-recorder").imported(paths, options: options)
    return (imported.notes, try all(try imported.steps(batching: nil)))
  }

  static let (first, second): ([Int32], [Int32]) = ([0, 1, 2, 3], [3, 2, 1, 0])

  @Test func `ranks that recorded the same count once, and none is the source`() throws {
    let (notes, steps) = try Self.imported([(0, Self.first), (1, Self.first)])
    #expect(notes == ["all 2 ranks recorded the same tokens: counted once"])
    #expect(steps.map(\.experts) == [[0, 1, 2, 3]])
    #expect(steps.map(\.sources) == [nil])
    let counts = try Self.imported([(0, Self.first), (1, Self.first)], key: "global_physical_count")
    #expect(counts.notes == notes && counts.steps.map(\.counts) == [[0, 1, 2, 3]])
  }

  @Test func `ranks with tokens of their own are put together`() throws {
    let (notes, steps) = try Self.imported([(1, Self.second), (0, Self.first)])
    #expect(notes.isEmpty)
    #expect(steps.map(\.experts) == [[0, 1, 2, 3, 3, 2, 1, 0]])
    #expect(steps.map(\.sources) == [[0, 0, 1, 1]])
    let counts = try Self.imported([(0, Self.first), (1, Self.second)], key: "global_physical_count")
    #expect(counts.steps.map(\.counts) == [[3, 3, 3, 3]])
  }

  @Test func `groups of equal ranks count once each, their tokens spread over the group`() throws {
    let (notes, steps) = try Self.imported([(0, Self.first), (1, Self.first), (2, Self.second), (3, Self.second)])
    #expect(notes == ["2 groups of 2 ranks recorded the same tokens: counted once"])
    #expect(steps.map(\.experts) == [[0, 1, 2, 3, 3, 2, 1, 0]])
    #expect(steps.map(\.sources) == [[0, 1, 2, 3]])
  }

  @Test func `what cannot be told is asked for`() throws {
    let ranks = [(Int32(0), Self.first), (1, Self.first), (2, Self.second)]
    let error = #expect(throws: InputError.self) { try Self.imported(ranks) }
    #expect(error?.status == .usage && error?.message.contains("--tensor-parallel, or 1 to count both") == true)
    var options = ImportOptions()
    options.tensorParallel = 1
    #expect(try Self.imported(ranks, options).steps.map(\.tokens) == [6])
    options.tensorParallel = 2
    #expect(throws: InputError.self) { try Self.imported(ranks, options) }
    #expect(throws: InputError.self) { try Self.imported([(0, Self.first), (1, Self.second)], options) }
    #expect(try Self.imported([(0, Self.first), (1, Self.first)], options).steps.map(\.tokens) == [2])
  }

  @Test func `a rank that is missing or a dump given twice is named`() throws {
    let error = #expect(throws: InputError.self) { try Self.imported([(0, Self.first), (2, Self.second)]) }
    #expect(error?.message.contains("rank 1 is missing") == true && error?.status == .data)
    var options = ImportOptions()
    options.ranks = [0, 2]
    #expect(try Self.imported([(0, Self.first), (2, Self.second)], options).steps.map(\.sources) == [[0, 0, 2, 2]])
    let folder = try TemporaryFolder()
    let path = try Self.dump(folder, rank: 0, choices: Self.first)
    let again = #expect(throws: InputError.self) { try ImportTests.open("sglang-recorder", [path, path]) }
    #expect(again?.description.contains("step 3: rank 0 recorded this pass before") == true)
  }

  @Test func `slots beyond the last at the end of every choice are shared experts`() throws {
    let (notes, steps) = try Self.imported([(0, [0, 1, 4, 2, 3, 4])])
    #expect(notes == ["the last 1 choice of each token, beyond the slots, left out as fused shared experts"])
    #expect(steps.map(\.experts) == [[0, 1, 2, 3]])
    var options = ImportOptions()
    options.sharedExperts = 0
    let mixed: [Int32] = [0, 1, 4, 2, 3, 1]
    for (choices, options) in [(mixed, ImportOptions()), ([0, 1, 4, 2, 3, 4], options)] {
      #expect { try Self.imported([(0, choices)], options) } throws: { "\($0)".contains("expected") }
    }
    #expect { try Self.imported([(0, [4, 5])]) } throws: { "\($0)".contains("slot 4 of 4") }
  }

  @Test(arguments: [
    ([1, 2, 3, 4], ["the ring of 2 passes is full: they may not be in the order of time"]), ([1, 2, 0, 0], []),
  ])
  func `a full ring says that it may be out of order`(counts: [Int32], notes: [String]) throws {
    let folder = try TemporaryFolder()
    let bytes = FixtureImportTests.torch(
      FixtureImportTests.tensorPickle(count: 4, size: [2, 1, 2], stride: [2, 2, 1]),
      storage: counts.flatMap { littleEndian($0) })
    let path = try folder.write(bytes, to: "stat.pt")
    #expect(try Imports.named("sglang-recorder").open([path], options: ImportOptions()).notes == notes)
  }

  @Test(arguments: [[.max, .max, 0], [0, .max, .max], [1, .max, 0]] as [[Int32]])
  func `a tensor without elements cannot claim extents without end`(size: [Int32]) throws {
    let folder = try TemporaryFolder()
    let pickle = FixtureImportTests.tensorPickle(count: 4, size: size, stride: [0, 0, 1])
    let path = try folder.write(
      FixtureImportTests.torch(pickle, storage: Array(repeating: 0, count: 16)), to: "stat.pt")
    let error = #expect(throws: InputError.self) { try ImportTests.open("sglang-recorder", [path]) }
    #expect(error?.message.contains("no elements") == true, "\(error?.description ?? "")")
  }
}
