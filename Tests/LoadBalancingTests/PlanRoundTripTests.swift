import Diagnostics
import Foundation
import LoadBalancing
import Testing

/// What is written for a system is read back, known by its content alone.
@Suite struct PlanRoundTripTests {
  private static let shape = PlacementShape(
    layers: 2, experts: 4, ranks: 3, nodes: 1, groups: 1, slots: 6, layerNumbers: [1, 3])

  private static func read(_ content: [UInt8], _ shape: PlacementShape = shape) throws -> Placement {
    try PlanFormats.plan(in: content, name: "plan").placement(for: shape)
  }

  private static func read(_ text: String, _ shape: PlacementShape = shape) throws -> Placement {
    try read(Array(text.utf8), shape)
  }

  private static let files =
    PlanFormats.registry.names.map { ($0, "plan") } + [("deepseek-eplb", "plan.npz")]

  @Test(arguments: files) func `every format gives back the placement`(format: String, path: String) throws {
    let plan = PlanFormatTests.plan()
    let content = try PlanFormats.content(of: plan, format: format, path: path)
    #expect(try Self.read(content) == plan.placement)
  }

  @Test func `our own keeps shares that differ`() throws {
    var plan = PlanFormatTests.plan()
    plan.placement.layers[0] = LayerPlacement(
      experts: 4, ranks: 3, physicalToLogical: [0, 1, 2, 3, 0, 2], shares: [0.25, 1, 0.4, 1, 0.75, 0.6])
    #expect(try Self.read(PlanFormats.content(of: plan, format: "json")) == plan.placement)
  }

  @Test(arguments: files) func `a layer's number finds its row, or its order where rows have none`(
    format: String, path: String
  ) throws {
    let plan = PlanFormatTests.plan()
    let written = try PlanFormats.plan(in: try PlanFormats.content(of: plan, format: format, path: path), name: "plan")
    var second = Self.shape
    second.layers = 1
    second.layerNumbers = [3]
    if written.rows == .inOrder {
      let error = #expect(throws: InputError.self) { try written.placement(for: second) }
      #expect(error?.description == "plan: 2 MoE layers, expected 1")
    } else {
      #expect(try written.placement(for: second).layers == [plan.placement.layers[1]])
      second.layerNumbers = [8]
      let error = #expect(throws: InputError.self) { try written.placement(for: second) }
      #expect(error?.description == "plan: layer 8: the plan has no such layer")
    }
  }

  @Test(arguments: ["json", "vllm-ascend"]) func `a plan that says its ranks is refused on others`(
    format: String
  ) throws {
    let content = try PlanFormats.content(of: PlanFormatTests.plan(), format: format)
    var two = Self.shape
    two.ranks = 2
    let error = #expect(throws: InputError.self) { try Self.read(content, two) }
    #expect(error?.description == "plan: a plan for 3 ranks, expected one for 2")
    #expect(error?.status == .usage)
  }

  @Test(arguments: [
    (
      "num_slots: 6\ninitial_global_assignments:\n  1: [0, 1, 2, 3, 0]\n",
      "line 3: initial_global_assignments.1: 5 slots, expected 6 as num_slots says"
    ),
    ("num_slots: 6\ninitial_global_assignments:\n  one: [0, 1]\n", "'one' is not a layer's number"),
    ("num_slots: 2\ninitial_global_assignments:\n  1: [0, x]\n", "'x' is not an expert's id"),
    ("num_slot: 6\ninitial_global_assignments:\n  1: [0]\n", "num_slot: unknown key; did you mean 'num_slots'?"),
    ("initial_global_assignments: {}\n", "without layers"),
    ("initial_global_assignments:\n  1: [0, 1]\n  2: [0]\n", "row 1: 1 slots, expected 2 as in others"),
    (#"{"physical_to_logical_map": [[0, 1], [0]]}"#, "row 1: 1 slots, expected 2 as in others"),
    (#"{"physical_to_logical_map": [[0, 1.5]]}"#, "expected a whole number"),
    (#"{"physical_to_logical_map": 3}"#, "expected '['"),
    (#"{"phy2log": [[0, 1, 0]], "logcnt": [[1, 2]]}"#, "row 0: expert 0 has 2 slots in phy2log, 1 by logcnt"),
    (#"{"phy2log": [[0, 1, 0]], "logcnt": []}"#, "0 rows of logcnt for 1 of phy2log"),
    (#"{"moe_layer_count": 2, "layer_list": []}"#, "moe_layer_count 2, but 0 layers"),
    (#"{"layer_list": [{"layer_id": 1, "device_list": [{"device_id": 0, "device_expert": [0]}]}]}"#, "no layer_id 0"),
    (#"{"layer_list": [{"layer_id": 0, "device_list": []}, {"layer_id": 0}]}"#, "a layer_id missing or given twice"),
    (
      #"{"layer_list": [{"layer_id": 0, "device_count": 2, "device_list": [{"device_id": 0, "device_expert": [0]}]}]}"#,
      "layer_id 0: expected 1 devices"
    ),
    (
      #"{"layer_list": [{"layer_id": 0, "device_list": [{"device_id": 0, "device_expert": [0]}, "#
        + #"{"device_id": 1, "device_expert": [0, 1]}]}]}"#,
      "devices with unequal numbers of experts"
    ),
    (
      #"{"layer_list": [{"layer_id": 0, "device_list": [{"device_id": 4, "device_expert": [0]}]}]}"#,
      "layer_id 0: expected 1 devices, 0…0"
    ),
  ]) func `a file that is not what its format's are is an error that says so`(text: String, message: String) {
    let error = #expect(throws: InputError.self) { try Self.read(text) }
    #expect(error?.description.hasPrefix("plan: ") == true, "\(error?.description ?? "")")
    #expect(error?.description.contains(message) == true, "\(error?.description ?? "")")
  }

  @Test func `devices may come in any order`() throws {
    let text = """
      {"layer_list": [{"layer_id": 0, "device_list": [
      {"device_id": 1, "device_expert": [2, 0]}, {"device_id": 0, "device_expert": [0, 1]}]}]}
      """
    let shape = PlacementShape(layers: 1, experts: 3, ranks: 2, nodes: 1, groups: 1, slots: 4, layerNumbers: [9])
    #expect(try Self.read(text, shape).layers[0].physicalToLogical == [0, 1, 2, 0])
  }

  @Test func `no cut of a file traps, and none but the last bytes is a plan`() throws {
    for (format, path) in Self.files {
      let content = try PlanFormats.content(of: PlanFormatTests.plan(), format: format, path: path)
      for length in stride(from: 0, to: content.count - 30, by: 7) {
        #expect(throws: InputError.self, "\(format) \(length)") { try Self.read(Array(content[..<length])) }
      }
    }
  }
}
