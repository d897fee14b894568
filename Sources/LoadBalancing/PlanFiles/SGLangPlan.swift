import Containers
import Diagnostics

/// SGLang's `--init-expert-location` file: exactly one key, one row for each hidden layer, dense ones with the trivial
/// map 0, 1, … E−1, 0, 1, ….
struct SGLangPlan: PlanFormat {
  var mark: String { "physical_to_logical_map" }

  func content(of plan: PlannedPlacement, path: String) throws(InputError) -> [UInt8] {
    let layers = plan.placement.layers
    guard let first = layers.first else { throw InputError("no layers to write", status: .usage) }
    guard let last = plan.layerNumbers.last, last < plan.hiddenLayers, plan.hiddenLayers <= 1 << 16 else {
      throw InputError("layer numbers go beyond the model's \(plan.hiddenLayers) layers", status: .usage)
    }
    let trivial = (0..<first.slots).map { $0 % first.experts }
    var maps = Array(repeating: trivial, count: plan.hiddenLayers)
    for (number, layer) in zip(plan.layerNumbers, layers) { maps[number] = layer.physicalToLogical }
    return Array("{\"physical_to_logical_map\": \(rows(maps))}\n".utf8)
  }

  func plan(in content: [UInt8]) throws(InputError) -> WrittenPlan {
    var scanner = JSONScanner(content, countsLines: true)
    var map: [[Int]] = []
    try scanner.object { scanner, key throws(InputError) in
      if key == mark { map = try scanner.integerRows() } else { try scanner.skipValue() }
    }
    return try WrittenPlan(rows: .numbered(Array(map.indices)), physicalToLogical: map)
  }
}
