import Containers
import Diagnostics
import Foundation
import LoadBalancing
import Testing

/// Every export is read back by the rules of its system.
@Suite struct PlanFormatTests {
  /// Two MoE layers, numbers 1 and 3, of 4 experts on 6 slots of 3 ranks.
  static let maps = [[0, 1, 2, 3, 0, 2], [3, 2, 1, 0, 3, 1]]

  static func plan(_ maps: [[Int]] = maps) -> PlannedPlacement {
    PlannedPlacement(
      layerNumbers: [1, 3], hiddenLayers: 5,
      placement: Placement(
        ranks: 3, layers: maps.map { LayerPlacement(experts: 4, ranks: 3, physicalToLogical: $0) }))
  }

  static func text(of plan: PlannedPlacement, format: String) throws -> String {
    String(decoding: try PlanFormats.content(of: plan, format: format), as: UTF8.self)
  }

  static func json(_ format: String) throws -> [String: Any] {
    let text = try Self.text(of: plan(), format: format)
    return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func `SGLang's file has one key and a row for each hidden layer`() throws {
    let object = try Self.json("sglang")
    #expect(Array(object.keys) == ["physical_to_logical_map"])
    let trivial = [0, 1, 2, 3, 0, 1]
    #expect(object["physical_to_logical_map"] as? [[Int]] == [trivial, Self.maps[0], trivial, Self.maps[1], trivial])
  }

  @Test func `TensorRT-LLM's file names slots and layers by their numbers`() throws {
    #expect(
      try Self.text(of: Self.plan(), format: "tensorrt-llm") == """
        num_slots: 6
        initial_global_assignments:
          1: [0, 1, 2, 3, 0, 2]
          3: [3, 2, 1, 0, 3, 1]
        layer_updates_per_iter: 0

        """)
  }

  @Test func `layers with slots of their own are for our format alone, and come back from it`() throws {
    let plan = Self.plan([[0, 1, 2, 3, 0, 1, 2, 1, 3], [3, 2, 1, 0, 3, 1]])
    let text = try Self.text(of: plan, format: "json")
    #expect(text.contains("\"slotsPerRank\": [3, 2]"))
    let shape = PlacementShape(layers: 2, experts: 4, ranks: 3, nodes: 1, groups: 1, slots: 9, layerNumbers: [1, 3])
    let back = try PlanFormats.plan(in: Array(text.utf8), name: "p.json").placement(for: shape)
    #expect(back == plan.placement)
    for format in PlanFormats.registry.names where format != "json" {
      let error = #expect(throws: InputError.self) { try Self.text(of: plan, format: format) }
      #expect("\(try #require(error))".contains("layer 3: 6 slots, but this format wants 9 as in the first layer"))
    }
  }

  @Test func `vllm-ascend's map counts MoE layers and devices`() throws {
    let object = try Self.json("vllm-ascend")
    #expect(object["moe_layer_count"] as? Int == 2)
    let layers = try #require(object["layer_list"] as? [[String: Any]])
    #expect(layers.compactMap { $0["layer_id"] as? Int } == [0, 1])
    #expect(layers.allSatisfy { $0["device_count"] as? Int == 3 })
    for (layer, map) in zip(layers, Self.maps) {
      let devices = try #require(layer["device_list"] as? [[String: Any]])
      #expect(devices.compactMap { $0["device_id"] as? Int } == [0, 1, 2])
      let experts = devices.compactMap { $0["device_expert"] as? [Int] }
      #expect(experts.flatMap(\.self) == map)
      #expect(experts.allSatisfy { $0.count == 2 && Set($0).count == 2 })
    }
  }

  @Test func `vllm-ascend refuses an expert twice on one device`() {
    let error = #expect(throws: InputError.self) {
      try Self.text(of: Self.plan([[0, 0, 1, 2, 3, 1], Self.maps[1]]), format: "vllm-ascend")
    }
    #expect(error?.place.layer == 1)
    #expect(error?.message == "expert 0 twice on device 0, which vllm-ascend does not allow")
  }

  @Test func `EPLB's three arrays agree with each other`() throws {
    let object = try Self.json("deepseek-eplb")
    let slots = try #require(object["phy2log"] as? [[Int]])
    let replicas = try #require(object["log2phy"] as? [[[Int]]])
    let counts = try #require(object["logcnt"] as? [[Int]])
    #expect(slots == Self.maps)
    for layer in 0..<2 {
      for expert in 0..<4 {
        let held = replicas[layer][expert].filter { $0 >= 0 }
        #expect(replicas[layer][expert].count == 2)
        #expect(held == slots[layer].indices.filter { slots[layer][$0] == expert })
        #expect(counts[layer][expert] == held.count)
      }
    }
  }

  @Test func `a plan without some expert is not written`() {
    for format in PlanFormats.registry.names {
      #expect(throws: InputError.self) {
        try Self.text(of: Self.plan([[0, 1, 2, 0, 1, 2], Self.maps[1]]), format: format)
      }
    }
  }

  @Test(arguments: ["", ".", ".npy", "phy2log"])
  func `an archive whose entries have odd names is refused in a sentence`(name: String) {
    let archive = storedZip([(name, Array("not an array".utf8))])
    let error = #expect(throws: InputError.self) { try PlanFormats.plan(in: archive, name: "plan.npz") }
    #expect(error?.status == .data)
  }
}
