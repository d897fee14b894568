import Pairing
import RoutingTrace

/// How often two experts of a layer were chosen by the same token.
struct PairCounts: Sendable {
  /// Pairs of all layers beyond which none are counted, 16 MiB, and 64 MiB more of a long trace: no published model has as
  /// many.
  private static let maximumPairs = 1 << 23

  private var table: PairTable

  private var experts: Int { table.experts }

  /// - Returns: nil where tokens have no pairs, or there are too many.
  init?(layers: Int, experts: Int, topK: Int?) {
    guard let topK, topK > 1, layers * experts * (experts - 1) / 2 <= Self.maximumPairs else { return nil }
    table = PairTable(layers: layers, experts: experts)
  }

  /// Adds every token's pairs.
  ///
  /// - Precondition: the step was validated.
  mutating func add(_ step: RoutingStep, topK: Int, threads: Int = 1) {
    table.add(step.experts, topK: topK, dropped: step.hasDropped ? RoutingStep.dropped : nil, threads: threads)
  }

  /// How many times as often as independence would give two experts that a token of the layer chose are chosen together,
  /// mean over tokens' pairs; nil for a layer without tokens.
  ///
  /// Independence is the table of pairs with the same load of each expert and no other preference (quasi-independence:
  /// the pair (a, b) in proportion to w_a · w_b), fitted by iterative scaling. What sampling alone adds to the mean, a
  /// pair's worth for each degree of freedom, is taken off.
  func lift(layer: Int) -> Double? {
    guard table.tokens > 0 else { return nil }
    let row = table.row(layer)
    var loads = [Double](repeating: 0, count: experts)
    forEachPair(of: row) { a, b, count in
      loads[a] += count
      loads[b] += count
    }
    let total = loads.reduce(0, +) / 2
    guard total > 0 else { return nil }
    let weights = Self.independentWeights(loads)
    let sum = weights.reduce(0, +)
    let normal = (sum * sum - weights.reduce(0) { $0 + $1 * $1 }) / 2
    var lift = 0.0
    forEachPair(of: row) { a, b, count in
      let share = count / total
      lift += share * share * normal / (weights[a] * weights[b])
    }
    let loaded = Double(loads.count { $0 > 0 })
    return lift - max(0, loaded * (loaded - 3) / 2) / total
  }

  /// `[experts]` weights whose products, the diagonal left out, sum to the loads.
  private static func independentWeights(_ loads: [Double]) -> [Double] {
    let scale = loads.reduce(0, +).squareRoot()
    var weights = loads.map { $0 / scale }
    for _ in 0..<200 {
      let sum = weights.reduce(0, +)
      for expert in weights.indices where weights[expert] > 0 && sum > weights[expert] {
        weights[expert] = (weights[expert] * loads[expert] / (sum - weights[expert])).squareRoot()
      }
    }
    return weights
  }

  private func forEachPair(of row: [UInt64], _ body: (_ a: Int, _ b: Int, _ count: Double) -> Void) {
    var index = 0
    for b in 1..<experts {
      for a in 0..<b {
        if row[index] > 0 { body(a, b, Double(row[index])) }
        index += 1
      }
    }
  }
}
