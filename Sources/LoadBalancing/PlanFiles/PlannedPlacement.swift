/// A placement with the model's layer numbers: what a serving system loads.
public struct PlannedPlacement: Sendable {
  /// `[layers]` the number of each MoE layer in the model, ascending.
  public var layerNumbers: [Int]
  /// Layers of the model, dense ones included.
  public var hiddenLayers: Int
  public var placement: Placement

  /// - Parameter hiddenLayers: up to the last MoE layer when nil.
  public init(layerNumbers: [Int], hiddenLayers: Int? = nil, placement: Placement) {
    precondition(layerNumbers.count == placement.layers.count)
    self.layerNumbers = layerNumbers
    self.hiddenLayers = hiddenLayers ?? (layerNumbers.last ?? -1) + 1
    self.placement = placement
  }
}
