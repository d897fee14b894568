extension RoutingStep {
  /// The ids of one layer's visits, token by token, without those that were dropped.
  ///
  /// - Parameter layers: of the trace.
  package func visits(ofLayer layer: Int, of layers: Int) -> ArraySlice<UInt16> {
    let width = experts.count / layers
    let row = experts[layer * width..<(layer + 1) * width]
    return hasDropped ? row.filter { $0 != Self.dropped }[...] : row
  }

  /// Visits of all layers that were dropped.
  package var droppedVisits: Int { hasDropped ? experts.count { $0 == Self.dropped } : 0 }

  /// Checks a step with dropped visits as `isValidRouting` does one without.
  static func isValidPartialRouting(_ ids: [UInt16], experts: Int, topK: Int) -> Bool {
    var lastSeen = Array(repeating: -1, count: experts)
    for (index, id) in ids.enumerated() where id != dropped {
      guard Int(id) < experts, lastSeen[Int(id)] != index / topK else { return false }
      lastSeen[Int(id)] = index / topK
    }
    return true
  }
}

/// One layer of a step without its dropped visits: tokens have as many as were kept.
package struct KeptVisits: Sendable {
  /// The ids, token by token.
  package private(set) var experts: [UInt16] = []
  /// `[tokens + 1]` where each token's begin in `experts`, and the end.
  package private(set) var starts: [Int] = []

  package init() {}

  /// - Parameters:
  ///   - layer: index in the trace.
  ///   - topK: places of a token in the step.
  package mutating func take(_ step: RoutingStep, layer: Int, topK: Int) {
    experts.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    for token in layer * step.tokens..<(layer + 1) * step.tokens {
      starts.append(experts.count)
      for place in token * topK..<(token + 1) * topK where step.experts[place] != RoutingStep.dropped {
        experts.append(step.experts[place])
      }
    }
    starts.append(experts.count)
  }
}
