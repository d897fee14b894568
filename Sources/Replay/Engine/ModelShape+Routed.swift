import PerformanceModel
import RoutingTrace

extension ModelShape {
  /// What recordings of the model have to fit.
  public var routed: RoutedModel {
    RoutedModel(
      name: name, layers: layers, moeLayers: moeLayers, moeLayerNumbers: moeLayerNumbers, experts: experts, topK: topK)
  }
}
