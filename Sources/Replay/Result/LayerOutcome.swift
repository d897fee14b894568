import PerformanceModel

/// What one layer of one step came to under one policy.
package struct LayerOutcome: Sendable {
  package init() {}

  package var cost = AllToAllCost()
  /// Microseconds; experts take none on a cluster that does not say what its GPUs are.
  package var time = LayerTime(dispatch: 0, experts: 0, combine: 0)
  /// Nil on a cluster that does not say what its GPUs are.
  package var expertCost: ExpertCost?
  package var isDecode = false
  /// Microseconds with attention, as two half batches in turn; 0 without serving figures.
  package var twoBatchTime = 0.0
  package var tokens = 0.0
  /// Copies of tokens, one per distinct destination rank and one per distinct destination node.
  package var rankCopies = 0.0
  package var nodeCopies = 0.0
  /// Distinct nodes that a token visits, at most; 0 for counts.
  package var mostNodes = 0
  package var rank = LoadPeak()
  package var slot = LoadPeak()
  package var expert = LoadPeak()
  package var node = LoadPeak()
  /// Tokens that the most loaded rank has at least under any placement.
  package var rankLoadBound = 0.0
  /// The same, if every expert's replicas take equal parts.
  package var equalShareBound = 0.0
  /// Nil without an exact planner.
  package var balancing: LayerBalancing?
}

/// The largest of some loads and their mean, in tokens.
package struct LoadPeak: Sendable {
  package var maximum = 0.0
  package var mean = 0.0

  package init() {}

  /// - Parameter isWhole: whether loads are whole numbers, which are added in any order.
  package init(of loads: [Double], isWhole: Bool) {
    guard !loads.isEmpty else { return }
    maximum = isWhole ? wholeMaximum(loads) : loads.max() ?? 0
    mean = (isWhole ? wholeSum(loads) : loads.reduce(0, +)) / Double(loads.count)
  }

  /// mean / max: 1 is perfect. Nil without load.
  package var balancedness: Double? { maximum > 0 ? mean / maximum : nil }
}
