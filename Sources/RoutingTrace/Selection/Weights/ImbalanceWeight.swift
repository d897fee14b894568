/// By the largest over the mean load of experts, mean over layers: 1 for an even step.
struct ImbalanceWeight: StepWeight {
  func weight(of step: RoutingStep, header: TraceHeader) -> Double {
    var sum = 0.0
    var load = [UInt64](repeating: 0, count: header.experts)
    let visits = step.experts.count / header.layers
    for layer in 0..<header.layers {
      if step.counts.isEmpty {
        for expert in load.indices { load[expert] = 0 }
        for id in step.experts[layer * visits..<(layer + 1) * visits] { load[Int(id)] &+= 1 }
      } else {
        load = Array(step.counts[layer * header.experts..<(layer + 1) * header.experts])
      }
      let total = load.reduce(0, &+)
      sum += Double(load.max() ?? 0) * Double(load.count) / Double(max(1, total))
    }
    return sum / Double(header.layers)
  }
}
