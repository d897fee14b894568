extension RoutingStep {
  /// `[experts]` visits of one layer.
  ///
  /// - Parameters:
  ///   - layers: of the trace.
  ///   - count: experts of a layer.
  package func load(ofLayer layer: Int, of layers: Int, experts count: Int) -> [Double] {
    guard counts.isEmpty else { return counts[layer * count..<(layer + 1) * count].map { Double($0) } }
    var load = Array(repeating: 0.0, count: count)
    for expert in visits(ofLayer: layer, of: layers) { load[Int(expert)] += 1 }
    return load
  }
}
