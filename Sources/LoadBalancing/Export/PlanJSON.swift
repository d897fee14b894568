import Diagnostics

/// The project's own plan: `{"layers": [numbers], "slotsPerRank", "physicalToLogical": [[…]], "share": [[…]]}`.
enum PlanJSON {
  @Sendable static func text(_ plan: PlannedPlacement) throws(InputError) -> String {
    let layers = plan.placement.layers
    let numbers = plan.layerNumbers.map(\.description).joined(separator: ",")
    return """
      {"layers": [\(numbers)], "slotsPerRank": \(plan.placement.slotsPerRank),
      "physicalToLogical": \(PlacementExport.rows(layers.map(\.physicalToLogical))),
      "share": \(PlacementExport.rows(layers.map(\.shares)))}

      """
  }
}
