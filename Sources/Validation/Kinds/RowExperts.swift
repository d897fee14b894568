import Diagnostics
import PerformanceModel

/// What lies on the rank that a row's experts take longest on, under one load.
struct RowExperts {
  let row: MeasurementTable.Row
  let gate: Gate
  /// Nil where the row's facts tell its load, or every expert is expected to get as much as any other.
  let draw: DrawnLoad?

  private var model: ModelShape { row.model }
  private var facts: [LoadFact: Double] { row.load.facts }
  private var slotsPerRank: Int { row.slots / row.ranks }

  /// Whether all ranks are alike.
  var isEven: Bool { facts[.hottestRankVisits] == nil && draw == nil }

  /// - Throws: `InputError` when the experts do not divide over the ranks.
  func load(on compute: ExpertCompute) throws(InputError) -> RankLoad {
    guard row.slots % row.ranks == 0 else {
      throw InputError("\(row.slots) experts do not divide over \(row.ranks) ranks")
    }
    if let load = loadByFacts { return load }
    return compute.rankLoad(
      slotTokens: slotTokens.span, tokensPerRank: row.tokensPerRank, batch: Double(row.groupTokens), mean: meanTokens,
      arrived: compute.countsTokens ? arrivedTokens : nil, isDecode: row.operation == .decode)
  }

  private var meanTokens: Double { Double(row.groupTokens * model.topK) / Double(row.slots) }

  /// `[slots of the rank]`.
  private var slotTokens: [Double] { slotsByFacts ?? draw?.hottestSlots ?? evenSlots }

  /// Alike; of less than a visit for each, as many as there are visits have one, and whole tiles.
  private var evenSlots: [Double] {
    guard meanTokens < 1 else { return Array(repeating: meanTokens, count: slotsPerRank) }
    let visits = meanTokens * Double(slotsPerRank)
    return (0..<slotsPerRank).map { min(1, max(0, visits - Double($0))) }
  }

  /// The rank that has most of everything, where the row says so to the tile.
  private var loadByFacts: RankLoad? {
    guard let visits = facts[.hottestRankVisits], let tiles = facts[.maxRankTiles], let rows = facts[.tileRows] else {
      return nil
    }
    let slots = Double(slotsPerRank)
    return RankLoad(
      touched: facts[.maxRankExperts] ?? facts[.hottestRankExperts] ?? min(slots, visits), visits: visits,
      padded: tiles * rows, slots: slots, tokens: facts[.hottestRankTokens] ?? visits, meanTokens: meanTokens)
  }

  /// Different tokens on the rank.
  private var arrivedTokens: Double {
    facts[.hottestRankTokens] ?? draw?.hottestTokens ?? facts[.hottestRankVisits]
      ?? Double(row.groupTokens)
      * GateExpectation(experts: model.experts, topK: model.topK, gate: gate).touchProbability(parts: row.ranks)
  }

  /// The hottest rank as the row's facts have it: one expert with the most visits, the other visited ones alike.
  private var slotsByFacts: [Double]? {
    guard let visits = facts[.hottestRankVisits] else { return nil }
    let visited = min(slotsPerRank, max(1, Int((facts[.hottestRankExperts] ?? Double(slotsPerRank)).rounded())))
    let even = visits / Double(visited)
    let most = min(max(even, facts[.hottestExpertVisits] ?? even), max(even, visits - Double(visited - 1)))
    let others = visited > 1 ? (visits - most) / Double(visited - 1) : 0
    return [most] + Array(repeating: others, count: visited - 1)
      + Array(repeating: 0, count: slotsPerRank - visited)
  }
}
