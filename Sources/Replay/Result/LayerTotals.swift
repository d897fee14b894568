/// What one layer's outcomes add up to over the steps.
package struct LayerTotals: Sendable {
  private var communication = 0.0
  private var experts = 0.0
  private var balance = Mean()
  private var gap = Mean()

  mutating func add(_ outcome: LayerOutcome) {
    communication += outcome.time.communication
    experts += outcome.time.experts
    guard outcome.rank.maximum > 0 else { return }
    balance.add(outcome.rank.balancedness)
    gap.add(outcome.rankLoadBound > 0 ? outcome.rank.maximum / outcome.rankLoadBound - 1 : nil)
  }

  /// - Parameters:
  ///   - number: of the layer in the model.
  ///   - knowsExperts: whether the cluster says what its GPUs are.
  ///   - rankTokens: `[ranks]` summed over steps.
  func result(number: Int, knowsExperts: Bool, rankTokens: [Double]) -> PolicyResult.Layer {
    .init(
      layer: number, comm: communication, experts: knowsExperts ? experts : nil, balancedness: balance.value,
      gap: gap.value, rankTokens: rankTokens)
  }
}

extension PolicyResult {
  /// One layer over all steps.
  public struct Layer: Codable, Equatable, Sendable {
    /// Number of the layer in the model.
    public var layer: Int
    /// Microseconds.
    public var comm: Double
    /// Microseconds; absent when the cluster does not describe its GPUs.
    public var experts: Double?
    /// Mean / maximum rank load, mean over steps.
    public var balancedness: Double?
    /// Most loaded rank / lower bound − 1, mean over steps.
    public var gap: Double?
    /// `[ranks]` tokens, summed over steps.
    public var rankTokens: [Double]
  }
}
