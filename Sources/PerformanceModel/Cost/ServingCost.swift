/// What tokens cost on a machine whose price is stated.
public struct ServingCost: Codable, Equatable, Sendable {
  /// Dollars for a million tokens.
  public var perMillionTokens: Double
  /// Dollars for the power of a million tokens: within the price of GPUs that are rented, a part of the cost of GPUs
  /// that were bought. Absent where the machine's file does not say.
  public var electricityPerMillionTokens: Double?
  /// Joules of the whole group for a token. Absent where the machine's file does not say.
  public var joulesPerToken: Double?
  /// Tokens a second for each dollar an hour.
  public var tokensPerSecondPerDollar: Double
  /// Dollars for a million tokens that the baseline costs more. Absent for the baseline.
  public var savedPerMillionTokens: Double?

  public init(
    perMillionTokens: Double, electricityPerMillionTokens: Double? = nil, joulesPerToken: Double? = nil,
    tokensPerSecondPerDollar: Double, savedPerMillionTokens: Double? = nil
  ) {
    self.perMillionTokens = perMillionTokens
    self.electricityPerMillionTokens = electricityPerMillionTokens
    self.joulesPerToken = joulesPerToken
    self.tokensPerSecondPerDollar = tokensPerSecondPerDollar
    self.savedPerMillionTokens = savedPerMillionTokens
  }
}

extension Cluster {
  /// What an estimate's tokens cost on the cluster's ranks; nil where its file states no price.
  public func cost(of estimate: ServingEstimate) -> ServingCost? {
    price?.cost(
      tokensPerSecond: estimate.tokensPerSecond, gpus: Double(ranks), nodes: Double(nodes),
      utilisation: max(estimate.memoryUtilisation ?? 0, estimate.flopUtilisation))
  }
}
