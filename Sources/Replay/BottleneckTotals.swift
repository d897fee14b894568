import PerformanceModel

/// What the layers of a policy waited for, counted over steps and layers.
package struct BottleneckTotals: Sendable {
  private var layers = 0.0
  private var communication = 0.0
  private var memory = 0.0
  private var math = 0.0
  private var decode = 0.0
  /// Expert weights read, over all ranks, layers and steps.
  package private(set) var touchedExperts = 0.0

  package init() {}

  /// Leaves out layers whose expert compute is not known.
  package mutating func add(_ layer: LayerOutcome) {
    guard let experts = layer.expertCost else { return }
    layers += 1
    if layer.isDecode { decode += 1 }
    touchedExperts += experts.touchedExperts
    switch Bottleneck(communication: layer.time.communication, experts: experts) {
    case .communication: communication += 1
    case .memory: memory += 1
    case .math: math += 1
    }
  }

  /// Whether all layers were decode or none was; nil when there are some of both, or none at all.
  package var isDecode: Bool? { layers > 0 && (decode == 0 || decode == layers) ? decode > 0 : nil }

  /// Nil when no layer's expert compute is known.
  package var result: PolicyResult.BoundBy? {
    guard layers > 0 else { return nil }
    return PolicyResult.BoundBy(communication: communication / layers, memory: memory / layers, math: math / layers)
  }
}
