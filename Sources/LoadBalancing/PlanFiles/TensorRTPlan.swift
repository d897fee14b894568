import Diagnostics

/// TensorRT-LLM's `load_balancer.yaml`: slots per layer and the expert of every slot, keyed by the layer's number in
/// the model. Nothing is rebalanced at run time.
enum TensorRTPlan {
  @Sendable static func text(_ plan: PlannedPlacement) throws(InputError) -> String {
    guard let first = plan.placement.layers.first else { throw InputError("no layers to write", status: .usage) }
    var lines = ["num_slots: \(first.slots)", "initial_global_assignments:"]
    for (number, layer) in zip(plan.layerNumbers, plan.placement.layers) {
      lines.append("  \(number): [\(layer.physicalToLogical.map(\.description).joined(separator: ", "))]")
    }
    lines.append("layer_updates_per_iter: 0")
    return lines.joined(separator: "\n") + "\n"
  }
}
