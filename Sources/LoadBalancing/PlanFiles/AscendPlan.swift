import Diagnostics

/// The `expert_map.json` of vllm-ascend, MindIE and msit: the experts of every device, MoE layers counted from 0.
enum AscendPlan {
  /// - Throws: `InputError` for an expert twice on one device, which these systems cannot load.
  @Sendable static func text(_ plan: PlannedPlacement) throws(InputError) -> String {
    let ranks = plan.placement.ranks
    var layers = [String]()
    for (index, layer) in plan.placement.layers.enumerated() {
      var devices = [String]()
      for rank in 0..<ranks {
        let experts = layer.physicalToLogical[rank * layer.slotsPerRank..<(rank + 1) * layer.slotsPerRank]
        if let repeated = Dictionary(grouping: experts, by: \.self).filter({ $0.value.count > 1 }).keys.min() {
          throw InputError(
            "expert \(repeated) twice on device \(rank), which vllm-ascend does not allow; --policy fractional never plans it",
            at: .init(layer: plan.layerNumbers[index]))
        }
        devices.append(
          "{\"device_id\":\(rank),\"device_expert\":[\(experts.map(\.description).joined(separator: ","))]}")
      }
      layers.append(
        "{\"layer_id\":\(index),\"device_count\":\(ranks),\"device_list\":[\(devices.joined(separator: ","))]}")
    }
    return "{\"moe_layer_count\":\(layers.count),\"layer_list\":[\n\(layers.joined(separator: ",\n"))\n]}\n"
  }
}
