/// What a placement survives when ranks fail, as results tell it (`FailureOdds`).
public struct Resilience: Codable, Equatable, Sendable {
  /// Ranks that may fail, whichever they are, before a layer lacks an expert.
  public var toleratedFailures: Int
  /// Experts of a layer that are lost, expected and mean over layers, by how many ranks fail: 1, 2, 4 and so on, below all
  /// ranks.
  public var expectedLost: [String: Double]

  /// - Parameter placement: at least one layer.
  public init(of placement: Placement) {
    let odds = FailureOdds(of: placement)
    toleratedFailures = odds.toleratedFailures
    let failures = sequence(first: 1) { $0 * 2 }.prefix { $0 < odds.ranks }
    expectedLost = Dictionary(uniqueKeysWithValues: failures.map { (String($0), odds.expectedLost(failures: $0)) })
  }

  /// Experts of a layer that `failures` failed ranks lose; nil where that is not told.
  public func lost(failures: Int) -> Double? { expectedLost[String(failures)] }
}
