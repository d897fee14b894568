import PerformanceModel

/// What an exact planner's layers add up to.
package struct BalancingTotals: Sendable {
  private var layers = 0.0
  private var fetched = 0.0
  private var fetchedAcross = 0.0
  private var busiestPort = 0.0
  private var homePeakToAverage = Mean()
  private var tokens = 0.0
  private var saved = 0.0
  private var charged = 0.0
  private var fetchTime = 0.0
  /// At one rank in one layer.
  private(set) var mostArrivals = 0.0

  mutating func add(_ outcome: LayerOutcome) {
    guard let layer = outcome.balancing else { return }
    layers += 1
    fetched += layer.fetched
    fetchedAcross += layer.fetchedAcross
    busiestPort += layer.busiestPort
    mostArrivals = max(mostArrivals, layer.mostArrivals)
    if outcome.rank.mean > 0 { homePeakToAverage.add(layer.homePeak / outcome.rank.mean) }
    tokens += outcome.tokens
    saved += layer.saved
    charged += outcome.time.balancing
    fetchTime += layer.fetchTime
  }

  /// Nil for a policy without an exact planner.
  ///
  /// - Parameter fetches: what they are priced with.
  func result(_ fetches: FetchPrice?) -> PolicyResult.Balancing? {
    guard layers > 0, let fetches else { return nil }
    return .init(
      fetchedExperts: fetched / layers, busiestPort: busiestPort / layers, fetchTime: fetchTime,
      homePeakToAverage: homePeakToAverage.value,
      breakEvenVisits: fetches.breakEvenVisits(acrossNodes: fetchedAcross > 0),
      breakEvenTokens: saved > 0 ? tokens / layers * charged / saved : nil)
  }
}

extension PolicyResult {
  /// What balancing after the gate did. How even it left ranks is `imbalance.peakToAverage`, what it took
  /// `time.balancing`.
  public struct Balancing: Codable, Equatable, Sendable {
    /// Experts that ranks fetched in a layer, mean over steps and layers.
    public var fetchedExperts: Double
    /// Experts through the port that had most, sent or received, mean over steps and layers.
    public var busiestPort: Double
    /// Microseconds that fetches took, hidden or not, summed over steps and layers.
    public var fetchTime: Double
    /// Maximum / mean rank load with all experts at home, mean over steps and layers; absent without load.
    public var homePeakToAverage: Double?
    /// Visits that one fetched expert has to take off the most loaded rank to pay for its bytes; absent when the cluster
    /// does not describe its GPUs.
    public var breakEvenVisits: Double?
    /// Tokens of a step from which the arithmetic spared pays for what was charged, if both loads and fetches stay as
    /// uneven as here; absent where nothing was spared.
    public var breakEvenTokens: Double?
  }
}
