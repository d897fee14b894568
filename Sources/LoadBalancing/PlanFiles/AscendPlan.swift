import Containers
import Diagnostics

/// The `expert_map.json` of vllm-ascend, MindIE and msit: the experts of every device, MoE layers counted from 0.
struct AscendPlan: PlanFormat {
  var mark: String { "layer_list" }

  /// - Throws: `InputError` for an expert twice on one device, which these systems cannot load.
  func content(of plan: PlannedPlacement, path: String) throws(InputError) -> [UInt8] {
    let ranks = plan.placement.ranks
    var layers = [String]()
    for (index, layer) in plan.placement.layers.enumerated() {
      var devices = [String]()
      for rank in 0..<ranks {
        let experts = layer.physicalToLogical[rank * layer.slotsPerRank..<(rank + 1) * layer.slotsPerRank]
        if let repeated = Dictionary(grouping: experts, by: \.self).filter({ $0.value.count > 1 }).keys.min() {
          throw InputError(
            "expert \(repeated) twice on device \(rank), which vllm-ascend does not allow",
            at: .init(layer: plan.layerNumbers[index]))
        }
        devices.append(
          "{\"device_id\":\(rank),\"device_expert\":[\(experts.map(\.description).joined(separator: ","))]}")
      }
      layers.append(
        "{\"layer_id\":\(index),\"device_count\":\(ranks),\"device_list\":[\(devices.joined(separator: ","))]}")
    }
    return Array("{\"moe_layer_count\":\(layers.count),\"layer_list\":[\n\(layers.joined(separator: ",\n"))\n]}\n".utf8)
  }

  /// One element of `layer_list`.
  private struct Layer {
    var id: Int?
    var deviceCount: Int?
    /// Experts of each device, by its id.
    var devices: [Int: [Int]] = [:]
  }

  func plan(in content: [UInt8]) throws(InputError) -> WrittenPlan {
    var scanner = JSONScanner(content, countsLines: true)
    var layers: [Int: Layer] = [:]
    var count: Int?
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "moe_layer_count": count = try scanner.integer()
      case "layer_list":
        try scanner.array { scanner throws(InputError) in
          let layer = try Self.layer(&scanner)
          guard let id = layer.id, layers.updateValue(layer, forKey: id) == nil else {
            throw scanner.failure("a layer_id missing or given twice")
          }
        }
      default: try scanner.skipValue()
      }
    }
    guard count ?? layers.count == layers.count else {
      throw InputError("moe_layer_count \(count ?? 0), but \(layers.count) layers")
    }
    let ranks = layers.values.first?.devices.count ?? 0
    let map = try (0..<layers.count).map { id throws(InputError) in
      guard let layer = layers[id] else { throw InputError("no layer_id \(id) among \(layers.count) layers") }
      return try Self.row(layer, id: id, ranks: ranks)
    }
    return try WrittenPlan(rows: .inOrder, physicalToLogical: map, ranks: ranks)
  }

  private static func layer(_ scanner: inout JSONScanner) throws(InputError) -> Layer {
    var layer = Layer()
    try scanner.object { scanner, key throws(InputError) in
      switch key {
      case "layer_id": layer.id = try scanner.integer()
      case "device_count": layer.deviceCount = try scanner.integer()
      case "device_list":
        try scanner.array { scanner throws(InputError) in
          var (id, experts) = (Int?.none, [Int]())
          try scanner.object { scanner, key throws(InputError) in
            switch key {
            case "device_id": id = try scanner.integer()
            case "device_expert": experts = try scanner.integers()
            default: try scanner.skipValue()
            }
          }
          guard let id, layer.devices.updateValue(experts, forKey: id) == nil else {
            throw scanner.failure("a device_id missing or given twice")
          }
        }
      default: try scanner.skipValue()
      }
    }
    return layer
  }

  /// The experts of all devices, by ascending id.
  private static func row(_ layer: Layer, id: Int, ranks: Int) throws(InputError) -> [Int] {
    let devices = (0..<ranks).compactMap { layer.devices[$0] }
    guard devices.count == ranks, layer.devices.count == ranks, layer.deviceCount ?? ranks == ranks else {
      throw InputError("layer_id \(id): expected \(ranks) devices, 0…\(ranks - 1), as in the others")
    }
    guard Set(devices.map(\.count)).count == 1 else {
      throw InputError("layer_id \(id): devices with unequal numbers of experts")
    }
    return devices.flatMap(\.self)
  }
}
