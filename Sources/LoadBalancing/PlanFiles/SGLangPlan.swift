import Diagnostics

/// SGLang's `--init-expert-location` file: exactly one key, one row for each hidden layer, dense ones with the trivial
/// map 0, 1, … E−1, 0, 1, ….
enum SGLangPlan {
  @Sendable static func text(_ plan: PlannedPlacement) throws(InputError) -> String {
    let layers = plan.placement.layers
    guard let first = layers.first else { throw InputError("no layers to write", status: .usage) }
    guard let last = plan.layerNumbers.last, last < plan.hiddenLayers, plan.hiddenLayers <= 1 << 16 else {
      throw InputError("layer numbers go beyond the model's \(plan.hiddenLayers) layers", status: .usage)
    }
    let trivial = (0..<first.slots).map { $0 % first.experts }
    var rows = Array(repeating: trivial, count: plan.hiddenLayers)
    for (number, layer) in zip(plan.layerNumbers, layers) { rows[number] = layer.physicalToLogical }
    return "{\"physical_to_logical_map\": \(PlacementExport.rows(rows))}\n"
  }
}
