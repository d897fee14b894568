import Diagnostics
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// Recordings of a named model: its experts, top-k and MoE layers.
@Suite struct ModelledImportTests {
  /// Layers 1 and 2 of three are MoE.
  static let model = RoutedModel(
    name: "m", layers: 3, moeLayers: 2, moeLayerNumbers: [1, 2], experts: 16, topK: 2)

  static func header(
    _ format: String, _ path: String, model: RoutedModel = model, firstLayer: Int? = nil, layers: [Int]? = nil
  ) throws -> TraceHeader {
    var options = ImportOptions(layers: layers)
    options.shape = model
    var imported = try Imports.named(format).open([path], options: options)
    if let firstLayer { imported = try imported.renumbered(firstLayer: firstLayer) }
    return try imported.fitted(to: model, hasNumbers: firstLayer != nil).header
  }

  @Test func `arrays of all layers give the MoE layers, and all of the model's experts`() throws {
    let header = try Self.header("routed-experts", "\(FixtureImportTests.folder)/routed.npy")
    #expect((header.layerNumbers, header.experts) == ([1, 2], 16))
  }

  @Test func `arrays of the MoE layers take their numbers`() throws {
    let folder = try TemporaryFolder()
    let path = try ImportTests.sequences(folder)
    #expect(try Self.header("routed-experts", path).layerNumbers == [1, 2])
    // Of a model whose file does not tell which layers are dense, they cannot.
    var unknown = Self.model
    unknown.moeLayerNumbers = nil
    let error = #expect(throws: InputError.self) { try Self.header("routed-experts", path, model: unknown) }
    #expect(
      error?.message.contains("2 of its 3 layers are MoE, and its file does not tell which: add firstMoELayer") == true)
    #expect(try Self.header("routed-experts", path, model: unknown, firstLayer: 1).layerNumbers == [1, 2])
  }

  @Test func `layers that are none of the model's are refused`() throws {
    let folder = try TemporaryFolder()
    let path = try ImportTests.sequences(folder)
    for error in [
      #expect(throws: InputError.self) { try Self.header("routed-experts", path, firstLayer: 0) },
      #expect(throws: InputError.self) { try Self.header("routed-experts", path, layers: [0]) },
    ] {
      #expect(error?.status == .usage && error?.subject == "model m")
      #expect(error?.message.contains("its 2 MoE layers are 1…2, and layer 0 of") == true)
      #expect(error?.message.hasSuffix("give --layers or --first-layer") == true)
    }
  }

  @Test func `other experts or another top-k are refused`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(#"{"logical_count":[[1,2,3],[4,5,6]]}"#, to: "c.json")
    let experts = #expect(throws: InputError.self) { try Self.header("counts", path) }
    #expect(experts?.message == "16 experts, but the recording has 3")
    var single = Self.model
    single.topK = 1
    let topK = #expect(throws: InputError.self) {
      try Self.header("routed-experts", ImportTests.sequences(folder), model: single)
    }
    #expect(topK?.message == "top-1, but the recording has top-2")
  }

  @Test func `counts take the model's top-k, by which their tokens are counted`() throws {
    let folder = try TemporaryFolder()
    var model = Self.model
    model.experts = 3
    for text in [#"{"logical_count":[[1,2,3],[4,5,3]]}"#, #"{"logical_count":[[0,0,0],[1,2,3],[4,5,3]]}"#] {
      let path = try folder.write(text, to: "c.json")
      let header = try Self.header("counts", path, model: model)
      #expect((header.topK, header.layerNumbers) == (2, [1, 2]))
      var options = ImportOptions()
      options.shape = model
      #expect(try all(ImportTests.open("counts", [path], options)).map(\.tokens) == [3])
    }
  }

  @Test func `a step in which a layer was idle is left out with a note`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(
      #"{"logical_count":[[[1,2],[3,4]],[[1,1],[0,0]],[[0,0],[0,0]],[[2,2],[2,1]]]}"#, to: "c.json")
    let imported = try Imports.named("counts").open([path], options: ImportOptions())
    #expect(try all(imported.steps(batching: nil)).map(\.number) == [0, 3])
    #expect(imported.notes == ["1 of 4 steps left out, in which a layer had no tokens"])
    #expect(try TraceReader(path: path).header.provenance?.method?.contains("1 of 4 steps left out") == true)
    // Of the first layer alone, none is idle that the others are not.
    let first = try Imports.named("counts").open([path], options: ImportOptions(layers: [0]))
    #expect(try all(first.steps(batching: nil)).map(\.number) == [0, 1, 3])
    #expect(first.notes.isEmpty)
  }

  @Test func `whole numbers written as floats are counts`() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(#"{"logical_count":[[0.0,137.0],[2e1,3]]}"#, to: "c.json")
    #expect(try all(ImportTests.open("counts", [path])).map(\.counts) == [[0, 137, 20, 3]])
    #expect(try Sample.read(path).map(\.counts) == [[0, 137, 20, 3]])
  }

  @Test(arguments: [
    (
      "[[0.25, 0.5], [0.125, 1]]", "w.json", [250, 500, 125, 1000], ["the load is not whole: counts are 1000 times it"]
    ),
    ("0.5,1\n2,3\n", "w.csv", [5, 10, 20, 30], ["the load is not whole: counts are 10 times it"]),
    (#"{"weight": [[1.0, 2], [3, 4]]}"#, "w.json", [1, 2, 3, 4], []),
  ])
  func `loads that are not whole are multiplied until they are`(
    text: String, name: String, counts: [UInt64], notes: [String]
  ) throws {
    let folder = try TemporaryFolder()
    let imported = try Imports.named("eplb-weights").open([folder.write(text, to: name)], options: ImportOptions())
    #expect(try all(imported.steps(batching: nil)).map(\.counts) == [counts])
    #expect(imported.notes == notes)
  }
}
