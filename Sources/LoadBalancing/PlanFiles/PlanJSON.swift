import Diagnostics

/// The project's own plan: `{"version", "layers": [numbers], "slotsPerRank", "physicalToLogical": [[…]], "share": [[…]]}`. Where
/// layers differ in their slots, so do the rows, and `slotsPerRank` is `[layers]`.
enum PlanJSON {
  @Sendable static func text(_ plan: PlannedPlacement) throws(InputError) -> String {
    let layers = plan.placement.layers
    let numbers = plan.layerNumbers.map(\.description).joined(separator: ",")
    let perRank = layers.map(\.slotsPerRank)
    let slotsPerRank = Set(perRank).count > 1 ? perRank.description : plan.placement.slotsPerRank.description
    return """
      {"version": "\(expertReplayVersion)", "layers": [\(numbers)], "slotsPerRank": \(slotsPerRank),
      "physicalToLogical": \(PlacementExport.rows(layers.map(\.physicalToLogical))),
      "share": \(PlacementExport.rows(layers.map(\.shares)))}

      """
  }
}
