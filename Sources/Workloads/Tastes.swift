import Foundation
import Randomness

/// Popularities that differ from a common one, which is their mean.
enum Tastes {
  /// Each topic's shares of the load: log-normal around the common ones.
  ///
  /// - Parameters:
  ///   - base: `[experts]` shares that sum to 1.
  ///   - largest: no share can exceed this; 1 / top-k for shares of the load, as a token chooses an expert at most once.
  /// - Returns: `[topics][experts]`.
  static func topics(
    _ base: [Double], correlation: RoutingCorrelation, largest: Double, generator: inout SeededGenerator
  ) -> [[Double]] {
    guard correlation.topics > 1, correlation.spread > 0 else {
      return Array(repeating: base, count: correlation.topics)
    }
    var rows = (0..<correlation.topics).map { _ in
      base.map { $0 * exp(correlation.spread * generator.normal()) }
    }
    balance(&rows, base: base, largest: largest, rounds: 24)
    return rows
  }

  /// Each kind's shares of the load: a kind has experts of its own, which it likes `affinity` times as much.
  ///
  /// - Parameters:
  ///   - base: `[experts]` shares of the load that sum to 1.
  ///   - owner: `[experts]` the kind that each expert belongs to.
  ///   - largest: as for topics.
  /// - Returns: `[kinds][experts]`.
  static func kinds(_ base: [Double], owner: [Int], correlation: RoutingCorrelation, largest: Double) -> [[Double]] {
    var rows = (0..<correlation.kinds).map { kind in
      zip(base, owner).map { $0 * ($1 == kind ? correlation.affinity : 1) }
    }
    balance(&rows, base: base, largest: largest, rounds: 200, tolerance: 1e-3)
    return rows
  }

  /// The same for a topic, which starts from the kinds of all topics together.
  static func kinds(_ topic: [Double], like common: [[Double]], of base: [Double], largest: Double) -> [[Double]] {
    var rows = common.map { row in
      topic.indices.map { base[$0] > 0 ? topic[$0] * row[$0] / base[$0] : 0 }
    }
    balance(&rows, base: topic, largest: largest, rounds: 200, tolerance: 1e-3)
    return rows
  }

  /// The weights whose draws without replacement give the load: an expert with inclusion probability π arrives by the
  /// time the top-k is full with probability 1 − exp(−w) (Rosén, "Asymptotic theory for order sampling", 1997).
  ///
  /// - Parameter kept: `[experts]` the part of all tokens that have an expert before they draw the rest.
  static func drawingWeights(ofLoad load: [Double], topK: Int, kept: [Double]? = nil) -> [Double] {
    let total = load.reduce(0, +)
    return load.indices.map { expert in
      let wanted = load[expert] / total * Double(topK)
      let kept = kept?[expert] ?? 0
      // A little is left of every expert, or a token might find nothing.
      let drawn = max(wanted - kept, wanted * 1e-3) / (1 - min(0.995, kept))
      return -log(1 - min(0.995, drawn))
    }
  }

  /// The shares of the load that drawing by the weights gives, the other way round.
  ///
  /// - Precondition: at least `topK` weights are above 0.
  static func load(ofDrawingWeights weights: [Double], topK: Int) -> [Double] {
    func included(_ scale: Double) -> Double { weights.reduce(0) { $0 + 1 - exp(-$1 * scale) } }
    let mean = weights.reduce(0, +) / Double(weights.count)
    var (low, high) = (0.0, 1 / mean)
    // As many as top-k are included only at infinity when no more experts than that have weight.
    while included(high) < Double(topK) * 0.9999, high * mean < 0x1p60 { (low, high) = (high, high * 2) }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if included(middle) < Double(topK) { low = middle } else { high = middle }
    }
    let shares = weights.map { 1 - exp(-$0 * high) }
    let total = shares.reduce(0, +)
    return shares.map { $0 / total }
  }
}
