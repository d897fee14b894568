import Diagnostics

/// The three arrays that DeepSeek's EPLB returns, as JSON: `phy2log` `[layers][slots]`, `log2phy`
/// `[layers][experts][most replicas]` padded with −1, and `logcnt` `[layers][experts]`.
enum DeepSeekPlan {
  @Sendable static func text(_ plan: PlannedPlacement) throws(InputError) -> String {
    let layers = plan.placement.layers
    let replicas = layers.flatMap { layer in (0..<layer.experts).map { layer.slots(ofExpert: $0).count } }.max() ?? 0
    let slots = layers.map { layer in
      (0..<layer.experts).map { expert in
        let held = Array(layer.slots(ofExpert: expert))
        return
          "[\((held + Array(repeating: -1, count: replicas - held.count)).map(\.description).joined(separator: ","))]"
      }
    }
    let counts = layers.map { layer in (0..<layer.experts).map { layer.slots(ofExpert: $0).count } }
    return """
      {"phy2log": \(PlacementExport.rows(layers.map(\.physicalToLogical))),
      "log2phy": \(PlacementExport.rows(slots)),
      "logcnt": \(PlacementExport.rows(counts))}

      """
  }
}
