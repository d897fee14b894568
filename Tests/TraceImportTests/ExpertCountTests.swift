import Diagnostics
import RoutingTrace
import TestTraces
import Testing
import TraceImport

@Suite struct ExpertCountTests {
  static func open(
    _ files: [String: String], _ options: ImportOptions = ImportOptions()
  ) throws -> (imported: Imported, steps: [RoutingStep]) {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, to: name) }
    let paths = files.keys.sorted().map(folder.file)
    let imported = try Imports.named("expert-counts").open(paths, options: options)
    return (imported, try all(imported.steps(batching: nil)))
  }

  @Test func `rows are places in any order, and those that are missing are 0`() throws {
    let (imported, steps) = try Self.open(["a.csv": "layer,expert,count\n4,1,5\n3,7,2\r\n\n3,0,1.0\n"])
    #expect(imported.header.layerNumbers == [3, 4])
    #expect(steps.map(\.counts) == [[1, 0, 0, 0, 0, 0, 0, 2, 0, 5, 0, 0, 0, 0, 0, 0]])
    #expect(
      try Self.open(["a.csv": "layer,expert,count\n0,2,1\n"], ImportOptions(experts: 3)).steps[0].counts == [0, 0, 1])
  }

  @Test(arguments: ["layer,expert,count", "layer_id,expert_id,count", "Layer_ID, \"expert_id\", Count\r"])
  func `the columns are told by their names`(header: String) throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(header + "\n0,0,1\n", to: "expert_distribution.csv")
    #expect(try Imports.detected([path]).name == "expert-counts")
  }

  @Test func `ranks are added up, and a rank's later dumps are steps`() throws {
    func name(_ rank: Int, _ time: String) -> String { "expert_distribution_rank\(rank)_timestamp\(time).csv" }
    let header = "layer_id,expert_id,count\n"
    let (imported, steps) = try Self.open([
      name(0, "9.5"): header + "0,0,1\n", name(1, "9.25"): header + "0,0,2\n0,1,3\n",
      name(0, "10.5"): header + "0,1,4\n", name(1, "10.25"): header + "0,1,4\n",
    ])
    #expect(steps.map { $0.counts.prefix(2) } == [[3, 3], [0, 4]])
    #expect(imported.notes == ["all 2 ranks counted the same in step 1: counted once"])
    let missing = #expect(throws: InputError.self) {
      try Self.open([name(0, "1"): header + "0,0,1\n", name(2, "1"): header])
    }
    #expect(missing?.message.contains("rank 1 is missing") == true)
    let uneven = #expect(throws: InputError.self) {
      try Self.open([name(0, "1"): header, name(0, "2"): header, name(1, "1"): header])
    }
    #expect(uneven?.message == "rank 1 dumped 1 times, rank 0 2 times")
  }

  @Test(arguments: [
    ("0,1", "2 columns", 2), ("0,1,2,3", "4 columns", 2), ("x,1,2", "layer 'x'", 2), ("0,-1,2", "expert '-1'", 2),
    ("0,1,2.5", "count '2.5'", 2), ("0,1,nan", "count 'nan'", 2), ("4096,1,2", "layer '4096'", 2),
    ("0,1,9999999999999999", "expected a whole number of 0…1099511627776", 2), ("", "no rows", nil),
  ])
  func `a row that is no place and count is refused with its line`(row: String, message: String, line: Int?) {
    let error = #expect(throws: InputError.self) { try Self.open(["a.csv": "layer,expert,count\n\(row)\n"]) }
    #expect(error?.message.contains(message) == true && error?.place.line == line, "\(error?.description ?? "")")
  }

  @Test func `a place, or a file, given twice is refused`() throws {
    let twice = #expect(throws: InputError.self) { try Self.open(["a.csv": "layer,expert,count\n3,1,1\n3,1,2\n"]) }
    #expect(twice?.message == "expert 1 is given twice" && twice?.place.layer == 3)
    let folder = try TemporaryFolder()
    let path = try folder.write("layer,expert,count\n0,0,1\n", to: "a.csv")
    let file = #expect(throws: InputError.self) { try ImportTests.open("expert-counts", [path, path]) }
    #expect(file?.message == "given twice")
  }
}
