import PerformanceModel

/// What one layer of one step came to under one policy.
struct LayerOutcome: Sendable {
  var cost = AllToAllCost()
  /// Microseconds; experts take none on a cluster that does not say what its GPUs are.
  var time = LayerTime(dispatch: 0, experts: 0, combine: 0)
  var tokens = 0.0
  /// Copies of tokens, one per distinct destination rank and one per distinct destination node.
  var rankCopies = 0.0
  var nodeCopies = 0.0
  var rank = LoadPeak()
  var slot = LoadPeak()
  var expert = LoadPeak()
  var node = LoadPeak()
}

/// The largest of some loads and their mean, in tokens.
struct LoadPeak: Sendable {
  var maximum = 0.0
  var mean = 0.0

  init() {}

  init(of loads: some Collection<Double>) {
    maximum = loads.max() ?? 0
    mean = loads.isEmpty ? 0 : loads.reduce(0, +) / Double(loads.count)
  }

  /// mean / max: 1 is perfect. Nil without load.
  var balancedness: Double? { maximum > 0 ? mean / maximum : nil }
}
