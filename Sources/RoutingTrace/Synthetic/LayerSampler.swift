import Foundation
import Randomness

/// Draws the experts of one layer's tokens by popularity, without replacement.
///
/// Experts are drawn one after another from an alias table and a repeat is drawn again, which is the same as drawing
/// from the rest with the weights that remain.
struct LayerSampler {
  let topK: Int
  let experts: Int
  /// `[topics][experts]` packed alias tables, see `AliasTable`.
  let tables: [UInt64]
  /// `[topics][groups]` packed alias tables of the groups' weights; empty without a group limit.
  let groupTables: [UInt64]
  let groups: Int
  let groupsPerToken: Int
  /// `[topics][experts]`.
  let weights: [Double]

  /// - Parameters:
  ///   - weights: `[experts]` popularity of the layer, in shares of the load if `isLoad`.
  ///   - generator: draws the tastes of the topics.
  init(
    weights: [Double], isLoad: Bool, topK: Int, correlation: RoutingCorrelation, groups: GroupLimit?,
    generator: inout SeededGenerator
  ) {
    self.topK = topK
    experts = weights.count
    let largest = isLoad ? 1 / Double(topK) : 1
    let tastes = Self.tastes(weights, correlation: correlation, largest: largest, generator: &generator)
    let topics = tastes.map { row in
      Self.choosable(isLoad ? Self.drawingWeights(ofLoad: row, topK: topK) : row, topK: topK, groups: groups)
    }
    self.weights = topics.flatMap(\.self)
    tables = topics.flatMap(AliasTable.packed)
    self.groups = groups?.groups ?? 1
    groupsPerToken = groups?.groupsPerToken ?? 1
    groupTables =
      groups.map { limit in
        topics.flatMap { row in
          let size = row.count / limit.groups
          return AliasTable.packed((0..<limit.groups).map { row[$0 * size..<($0 + 1) * size].reduce(0, +) })
        }
      } ?? []
  }

  /// Each topic's popularity: log-normal around the common one, which their mean equals.
  ///
  /// - Parameter largest: no share of the load can exceed this; 1 / top-k, as a token chooses an expert at most once.
  private static func tastes(
    _ weights: [Double], correlation: RoutingCorrelation, largest: Double, generator: inout SeededGenerator
  ) -> [[Double]] {
    let total = weights.reduce(0, +)
    let base = weights.map { $0 / total }
    guard correlation.topics > 1, correlation.spread > 0 else {
      return Array(repeating: base, count: correlation.topics)
    }
    var rows = (0..<correlation.topics).map { _ in
      base.map { $0 * exp(correlation.spread * generator.normal()) }
    }
    // Alternately scale topics to 1 and experts to their mean (Sinkhorn), within the largest share.
    for _ in 0..<24 {
      for topic in rows.indices {
        let total = rows[topic].reduce(0, +)
        for expert in base.indices { rows[topic][expert] = min(largest, rows[topic][expert] / total) }
      }
      for expert in base.indices where base[expert] > 0 {
        let mean = rows.reduce(0) { $0 + $1[expert] } / Double(rows.count)
        for topic in rows.indices { rows[topic][expert] *= base[expert] / mean }
      }
    }
    return rows
  }

  /// The weights whose draws without replacement give the load: an expert with inclusion probability π arrives by the
  /// time the top-k is full with probability 1 − exp(−w) (Rosén, "Asymptotic theory for order sampling", 1997).
  static func drawingWeights(ofLoad load: [Double], topK: Int) -> [Double] {
    let total = load.reduce(0, +)
    return load.map { -log(1 - min(0.995, $0 / total * Double(topK))) }
  }

  /// Gives experts without weight the least bit where fewer than top-k could be chosen otherwise.
  private static func choosable(_ weights: [Double], topK: Int, groups: GroupLimit?) -> [Double] {
    let enough = groups == nil && weights.count(where: { $0 > 0 }) >= topK
    guard !enough, weights.contains(0) else { return weights }
    let least = (weights.max() ?? 1) * 1e-9
    return weights.map { max($0, least) }
  }
}

/// Draws from a discrete distribution in constant time (Walker 1977, in the form of Vose 1991).
///
/// An entry holds a 32-bit threshold above the alias's 16 bits.
enum AliasTable {
  /// - Parameter weights: not negative, their sum above 0, at most 65,536 of them.
  static func packed(_ weights: [Double]) -> [UInt64] {
    let count = weights.count
    let total = weights.reduce(0, +)
    var scaled = weights.map { $0 / total * Double(count) }
    var small = scaled.indices.filter { scaled[$0] < 1 }
    var large = scaled.indices.filter { scaled[$0] >= 1 }
    var entries = (0..<count).map { UInt64(UInt32.max) << 32 | UInt64($0) }
    while let low = small.last, let high = large.last {
      small.removeLast()
      entries[low] = UInt64(scaled[low] * 0x1p32) << 32 | UInt64(high)
      scaled[high] -= 1 - scaled[low]
      if scaled[high] < 1 {
        large.removeLast()
        small.append(high)
      }
    }
    return entries
  }
}
