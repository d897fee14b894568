/// How the visits of a measured group were spread over its experts.
public enum LoadDistribution: Hashable, Sendable {
  /// Every expert alike, in expectation.
  case uniform
  /// Every expert alike, exactly: row i takes the experts i + j·E/k, the rows stretched over E/k when they are fewer.
  case balanced
  /// Weights drawn from a density ∝ x^−α that grows with the tokens, and dealt out in columns.
  case powerLaw(Double)
  /// Weights drawn from a density ∝ x^−α on [1, 1024]; every token draws its experts in proportion to them.
  case sampled(Double)

  static let spellings = ["uniform", "balanced", "power_law_A", "sampled_A"]

  /// Nil for text that is none of `spellings`, or an exponent outside 0.01…10.
  public init?(_ text: String) {
    switch text {
    case "uniform": self = .uniform
    case "balanced": self = .balanced
    default:
      let prefixes: [(String, (Double) -> LoadDistribution)] = [
        ("power_law_", LoadDistribution.powerLaw), ("sampled_", LoadDistribution.sampled),
      ]
      guard let (prefix, make) = prefixes.first(where: { text.hasPrefix($0.0) }),
        let exponent = Double(text.dropFirst(prefix.count)), (0.01...10).contains(exponent)
      else { return nil }
      self = make(exponent)
    }
  }

  /// Whether a row's own load is one of many that its parameters allow.
  var isDrawn: Bool {
    switch self {
    case .uniform, .balanced: false
    case .powerLaw, .sampled: true
    }
  }
}
