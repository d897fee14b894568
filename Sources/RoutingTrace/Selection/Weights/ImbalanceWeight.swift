/// By the largest over the mean load of experts, mean over layers: 1 for an even step.
struct ImbalanceWeight: StepWeight {
  func weight(of step: RoutingStep, header: TraceHeader) -> Double {
    var sum = 0.0
    for layer in 0..<header.layers {
      let load = step.load(ofLayer: layer, of: header.layers, experts: header.experts)
      sum += (load.max() ?? 0) * Double(load.count) / max(1, load.reduce(0, +))
    }
    return sum / Double(header.layers)
  }
}
