import Foundation

/// What the tables show of the JSON of `advise`: a row for each batch and link speed.
struct GivenAdvice: Decodable {
  struct Sweep: Decodable {
    struct Strategy: Decodable {
      var name: String
      var accuracy: Double?
      var total, improvement: Double
      var movedExperts: Int

      var hasActed: Bool { name != "distribution-only" || movedExperts > 0 }
    }

    var tokensPerStep, linkSpeed: Double
    var strategies: [Strategy]
    var best: String

    /// The gain of the better of a strategy's kinds, with and without redundant slots; nil if none acted.
    func gain(_ isWanted: (Strategy) -> Bool) -> Double? {
      strategies.filter { isWanted($0) && $0.hasActed }.map(\.improvement).max()
    }
  }

  var cluster: String
  var skewness: Double
  var sweeps: [Sweep]

  func rows(_ titles: [String]) -> [[String]] { sweeps.map { sweep in titles.map { cell($0, of: sweep) } } }

  /// The text under a column's title; a percentage is the accuracy of a token-to-expert strategy.
  private func cell(_ title: String, of sweep: Sweep) -> String {
    switch title {
    case "cluster": cluster
    case "skewness": String(format: "%.2f", skewness)
    case "links": "× " + String(format: "%g", sweep.linkSpeed)
    case "tokens a step": String(format: "%.0f", sweep.tokensPerStep)
    case "none, ms": String(format: "%.1f", (sweep.strategies.first?.total ?? 0) / 1000)
    case "distribution-only": percent(sweep.gain { $0.name == "distribution-only" })
    case "best": sweep.best
    default:
      percent(
        sweep.gain { strategy in strategy.accuracy.map { "\(Int(($0 * 100).rounded())) %" == title } ?? false })
    }
  }
}
