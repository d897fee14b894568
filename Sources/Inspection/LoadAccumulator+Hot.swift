import RoutingTrace

extension RoutingStep {
  /// Puts a layer's tokens per expert into `load`, `[experts]`.
  func load(ofLayer layer: Int, _ header: TraceHeader, into load: inout [UInt64]) {
    let experts = header.experts
    guard counts.isEmpty else {
      for expert in 0..<experts { load[expert] = counts[layer * experts + expert] }
      return
    }
    let perLayer = tokens * (header.topK ?? 0)
    load.withUnsafeMutableBufferPointer { load in
      load.update(repeating: 0)
      if hasDropped {
        for id in visits(ofLayer: layer, of: header.layers) { load[Int(id)] &+= 1 }
      } else {
        self.experts.withUnsafeBufferPointer { ids in
          for i in layer * perLayer..<(layer + 1) * perLayer { load[Int(ids[i])] &+= 1 }
        }
      }
    }
  }
}

extension [UInt64] {
  /// Adds a layer's load, `[experts]`, to those of all layers.
  mutating func add(_ load: [UInt64], layer: Int) {
    let start = layer * load.count
    withUnsafeMutableBufferPointer { total in
      load.withUnsafeBufferPointer { load in
        for expert in 0..<load.count { total[start &+ expert] &+= load[expert] }
      }
    }
  }
}
