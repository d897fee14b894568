import Diagnostics
import RoutingTrace
import TestTraces
import Testing
import TraceImport

/// Counts of local slots as vllm-ascend and MindIE write them, a file for each rank.
@Suite struct HotnessTests {
  static func open(
    _ files: [String: String], _ options: ImportOptions = ImportOptions()
  ) throws -> (imported: Imported, steps: [RoutingStep]) {
    let folder = try TemporaryFolder()
    for (name, text) in files { try folder.write(text, to: name) }
    let paths = files.keys.filter { $0.hasSuffix(".csv") }.sorted().map(folder.file)
    #expect(try Imports.detected(paths).name == "hotness")
    let imported = try Imports.named("hotness").open(paths, options: options)
    return (imported, try all(imported.steps(batching: nil)))
  }

  static func refusal(_ files: [String: String], _ options: ImportOptions = ImportOptions()) -> InputError? {
    #expect(throws: InputError.self) { try open(files, options) }
  }

  static let configuration = #"{"num_moe_layers": 2, "num_of_experts": 4, "num_of_selected_experts": [2]}"#
  /// Two iterations of two layers, counts adding up.
  static let iterations = [
    "decode_0.csv": "1,2\n3,4\n2,4\n6,8\n", "decode_1.csv": "5,6\n7,8\n5,8\n7,9\n",
  ]

  @Test func `rows are iterations of the layers that MindIE's configuration names, each less the one before`() throws {
    let (imported, steps) = try Self.open(Self.iterations.merging(["model_gen_config.json": Self.configuration]) { $1 })
    #expect(steps.map(\.counts) == [[1, 2, 5, 6, 3, 4, 7, 8], [1, 2, 0, 2, 3, 4, 0, 1]])
    #expect((imported.header.topK, imported.header.phase, imported.header.layerNumbers) == (2, .decode, [0, 1]))
    #expect(steps.map(\.tokens) == [7, 2])
  }

  @Test func `without the configuration rows are layers, unless an option or the model says how many`() throws {
    #expect(try Self.open(Self.iterations).imported.header.layers == 4)
    var options = ImportOptions(recordedLayers: 2)
    #expect(try Self.open(Self.iterations, options).steps.count == 2)
    options = ImportOptions()
    options.shape = RoutedModel(name: "m", layers: 3, moeLayers: 2, moeLayerNumbers: [1, 2], experts: 4, topK: 2)
    #expect(try Self.open(Self.iterations, options).steps.count == 2)
    options.shape = RoutedModel(name: "m", layers: 3, moeLayers: 3, moeLayerNumbers: [0, 1, 2], experts: 4, topK: 2)
    #expect(Self.refusal(Self.iterations, options)?.message == "4 rows are no iterations of the 3 MoE layers of m")
  }

  @Test func `files of each token's top-k that lie beside them are left out with a note`() throws {
    let (imported, steps) = try Self.open(["decode_0.csv": "1,2\n", "decode_topk_0.csv": "0,1\n"])
    #expect(steps.map(\.counts) == [[1, 2]])
    #expect(imported.notes == ["1 file of each token's top-k left out"])
    #expect(Self.refusal(["decode_topk_0.csv": "0,1\n"])?.message == "no file of counts")
  }

  @Test func `ranks of shared experts are left out with a note`() throws {
    let files = ["decode_0.csv": "90\n90\n", "decode_1.csv": "1,2\n3,4\n", "decode_2.csv": "5,6\n7,8\n"]
    let configuration = Self.configuration.dropLast() + #", "num_dangling_shared_experts": 1}"#
    let (imported, steps) = try Self.open(files.merging(["model_gen_config.json": String(configuration)]) { $1 })
    #expect(steps.map(\.counts) == [[1, 2, 5, 6, 3, 4, 7, 8]])
    #expect(imported.notes == ["the first 1 rank left out, which hold shared experts only"])
    let disabled = configuration.dropLast() + #", "enable_dangling_shared_expert": false, "num_of_experts": 5}"#
    let replaced = disabled.replacing(#""num_of_experts": 4, "#, with: "")
    #expect(
      try Self.open(files.merging(["model_gen_config.json": String(replaced)]) { $1 }).imported.header.experts == 5)
    let many = configuration.replacing(#"experts": 1"#, with: #"experts": 3"#)
    #expect(
      Self.refusal(files.merging(["model_gen_config.json": String(many)]) { $1 })?.message
        == "3 ranks of shared experts among 3")
  }

  @Test func `slots become experts by the map that the configuration names`() throws {
    let map = """
      {"moe_layer_count": 2, "layer_list": [
        {"layer_id": 0, "device_list": [{"device_expert": [0, 1, 2]}, {"device_expert": [3, 2, 0]}]},
        {"layer_id": 1, "device_list": [{"device_expert": [3, 1, 0]}, {"device_expert": [2, 1, 1]}]}]}
      """
    let files = [
      "decode_0.csv": "1,2,3\n4,5,6\n", "decode_1.csv": "7,8,9\n10,11,12\n",
      "model_gen_config.json": Self.configuration.dropLast() + #", "eplb_expert_map_file": "/elsewhere/map.json"}"#,
    ]
    let (_, steps) = try Self.open(files.merging(["map.json": map]) { $1 })
    #expect(steps.map(\.counts) == [[10, 2, 11, 7, 6, 28, 10, 4]])
    let missing = Self.refusal(files)
    #expect(missing?.message.contains("'/elsewhere/map.json' says what the slots are, and is not there") == true)
    let short = Self.refusal(files.merging(["map.json": map.replacing("[3, 2, 0]", with: "[3]")]) { $1 })
    #expect(short?.message == "the map has 4 slots, the files 6" && short?.place.layer == 0)
    let redundant = Self.refusal(files.merging(["model_gen_config.json": Self.configuration]) { $1 })
    #expect(redundant?.message.hasPrefix("6 slots of 4 experts, and no eplb_expert_map_file") == true)
  }

  @Test func `an iteration that not all ranks have whole is left out with a note`() throws {
    let files = [
      "decode_0.csv": "1,2\n3,4\n2,4\n6,8\n", "decode_1.csv": "5,6\n7,8\n5,8\n",
      "model_gen_config.json": Self.configuration,
    ]
    let (imported, steps) = try Self.open(files)
    #expect(steps.map(\.counts) == [[1, 2, 5, 6, 3, 4, 7, 8]])
    #expect(imported.notes == ["rows after iteration 1 left out, which not all ranks have whole"])
    #expect(
      Self.refusal(["decode_0.csv": "1\n1\n", "decode_1.csv": "1\n"])?.message.contains("another rank's file") == true)
  }

  @Test func `counts that fall where they should add up are refused with their place`() {
    let files = ["decode_0.csv": "1,2,3,4\n5,6,7,8\n1,2,2,4\n5,6,7,8\n", "model_gen_config.json": Self.configuration]
    let error = Self.refusal(files)
    #expect(error?.message.hasPrefix("expert 2: 2 tokens after 3") == true)
    #expect((error?.place.step, error?.place.layer) == (1, 0))
  }

  @Test func `a missing rank is named`() {
    let error = Self.refusal(["decode_0.csv": "1\n", "decode_1.csv": "1\n", "decode_3.csv": "1\n"])
    #expect(error?.message.contains("rank 2 is missing, of ranks 0, 1, 3") == true)
    #expect(Self.refusal(["decode_0.csv": "1\n", "prefill_1.csv": "1\n"])?.message.contains("another phase") == true)
  }
}
