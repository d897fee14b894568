import Diagnostics

/// TensorRT-LLM's `load_balancer.yaml`: slots per layer and the expert of every slot, keyed by the layer's number in
/// the model. Ours never rebalance at run time; of one that does, what it starts with is read.
struct TensorRTPlan: PlanFormat {
  var mark: String { "initial_global_assignments" }

  func content(of plan: PlannedPlacement, path: String) throws(InputError) -> [UInt8] {
    guard let first = plan.placement.layers.first else { throw InputError("no layers to write", status: .usage) }
    var lines = ["num_slots: \(first.slots)", "initial_global_assignments:"]
    for (number, layer) in zip(plan.layerNumbers, plan.placement.layers) {
      lines.append("  \(number): [\(layer.physicalToLogical.map(\.description).joined(separator: ", "))]")
    }
    lines.append("layer_updates_per_iter: 0")
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  func plan(in content: [UInt8]) throws(InputError) -> WrittenPlan {
    let settings = try Settings(parsing: String(decoding: content, as: UTF8.self), name: "load_balancer.yaml")
    do throws(InputError) {
      return try plan(settings)
    } catch {
      // The file's own name is known to whoever reads it.
      throw InputError(error.message, at: error.place, status: error.status)
    }
  }

  private func plan(_ settings: Settings) throws(InputError) -> WrittenPlan {
    let slots = try settings.optionalInteger("num_slots", in: 1...SlotBudget.limit)
    _ = try settings.optionalInteger("layer_updates_per_iter", in: 0...Int.max)
    let assignments = try settings.section(mark)
    try settings.rejectUnknownKeys()
    var (numbers, map) = ([Int](), [[Int]]())
    for key in assignments.keys {
      guard let number = Int(key), number >= 0 else {
        throw assignments.error("'\(key)' is not a layer's number", at: key)
      }
      let row = try assignments.strings(key).map { text throws(InputError) in
        guard let expert = Int(text) else { throw assignments.error("'\(text)' is not an expert's id", at: key) }
        return expert
      }
      guard row.count == slots ?? row.count else {
        throw assignments.error("\(row.count) slots, expected \(slots ?? 0) as num_slots says", at: key)
      }
      numbers.append(number)
      map.append(row)
    }
    return try WrittenPlan(rows: .numbered(numbers), physicalToLogical: map)
  }
}
