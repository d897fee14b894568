import Foundation
import Randomness

/// Draws the experts of one layer's tokens by popularity, without replacement.
///
/// Experts are drawn one after another from an alias table and a repeat is drawn again, which is the same as drawing
/// from the rest with the weights that remain.
struct LayerSampler {
  let topK: Int
  let experts: Int
  /// `[topics][kinds][experts]` packed alias tables, see `AliasTable`.
  let tables: [UInt64]
  /// `[topics][kinds][groups]` packed alias tables of the groups' weights; empty without a group limit.
  let groupTables: [UInt64]
  /// `[experts][kinds]` packed alias tables: of which kind a token is that has chosen an expert.
  let kindTables: [UInt64]
  let kinds: Int
  let groups: Int
  let groupsPerToken: Int
  /// `[topics][kinds][experts]`.
  let weights: [Double]

  /// - Parameters:
  ///   - weights: `[experts]` popularity of the layer, in shares of the load if `isLoad`.
  ///   - kept: `[experts]` the part of all tokens that have an expert for the sake of their vocabulary ids, if it matters:
  ///     what they draw makes up the rest of the popularity.
  ///   - generator: draws the tastes of the topics and the experts of the kinds.
  init(
    weights: [Double], isLoad: Bool, topK: Int, kept: [Double]? = nil, correlation: RoutingCorrelation,
    groups: GroupLimit?, generator: inout SeededGenerator
  ) {
    self.topK = topK
    experts = weights.count
    kinds = correlation.kinds
    // Kinds are balanced so that their mean is the load, and what ids prefer is a part of it.
    let isLoadMixed = isLoad || correlation.kinds > 1 || kept != nil
    let weights = isLoadMixed && !isLoad ? Tastes.load(ofDrawingWeights: weights, topK: topK) : weights
    let largest = isLoadMixed ? 1 / Double(topK) : 1
    let total = weights.reduce(0, +)
    let base = weights.map { $0 / total }
    var tastes = Tastes.topics(base, correlation: correlation, largest: largest, generator: &generator)
    if correlation.kinds > 1 {
      let deal = generator.shuffled(base.indices)
      var owner = deal
      for (place, expert) in deal.enumerated() { owner[expert] = place % correlation.kinds }
      let common = Tastes.kinds(base, owner: owner, correlation: correlation, largest: largest)
      kindTables = base.indices.flatMap { expert in
        AliasTable.packed(base[expert] > 0 ? common.map { $0[expert] } : common.map { _ in 1 })
      }
      tastes = tastes.flatMap { $0 == base ? common : Tastes.kinds($0, like: common, of: base, largest: largest) }
    } else {
      kindTables = []
    }
    let rows = tastes.map { row in
      Self.choosable(
        isLoadMixed ? Tastes.drawingWeights(ofLoad: row, topK: topK, kept: kept) : row, topK: topK, groups: groups)
    }
    self.weights = rows.flatMap(\.self)
    tables = rows.flatMap(AliasTable.packed)
    self.groups = groups?.groups ?? 1
    groupsPerToken = groups?.groupsPerToken ?? 1
    groupTables =
      groups.map { limit in
        rows.flatMap { row in
          let size = row.count / limit.groups
          return AliasTable.packed((0..<limit.groups).map { row[$0 * size..<($0 + 1) * size].reduce(0, +) })
        }
      } ?? []
  }

  /// Gives experts without weight the least bit where fewer than top-k could be chosen otherwise.
  private static func choosable(_ weights: [Double], topK: Int, groups: GroupLimit?) -> [Double] {
    let enough = groups == nil && weights.count(where: { $0 > 0 }) >= topK
    guard !enough, weights.contains(0) else { return weights }
    let least = (weights.max() ?? 1) * 1e-9
    return weights.map { max($0, least) }
  }
}
