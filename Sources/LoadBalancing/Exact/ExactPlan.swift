/// Visits of an expert that one rank computes.
public struct ExactPart: Equatable, Sendable {
  public var expert: Int
  public var rank: Int
  public var visits: Int

  public init(expert: Int, rank: Int, visits: Int) {
    self.expert = expert
    self.rank = rank
    self.visits = visits
  }
}

/// Who computes the visits of one layer of one step, and which source's visits go where.
public struct ExactPlan: Equatable, Sendable {
  /// How a source's visits of an expert go to the expert's parts.
  public enum Order: Equatable, Sendable {
    /// As many as each part is due, one part after another.
    case consecutive
    /// Mixed by a stride, so that neighbouring tokens go to different parts: see `MixedOrder`.
    case mixed
  }

  public let ranks: Int
  /// By expert, ascending; an expert's parts are in the order in which a source's visits are dealt. An expert without
  /// visits has none, an expert and a rank have one at most.
  public let parts: [ExactPart]
  /// `[experts + 1]` where each expert's parts begin.
  public let firstPart: [Int]
  /// `[parts]` where a part's row is in `fromSource`; −1 for an expert of one part, which takes all.
  let rows: [Int]
  /// `[rows][ranks]` visits of each source.
  let fromSource: [Int32]
  public let order: Order

  public func parts(ofExpert expert: Int) -> Range<Int> { firstPart[expert]..<firstPart[expert + 1] }

  /// Visits that a part takes of one source; nil where it takes all.
  public func visits(toPart part: Int, from source: Int) -> Int? {
    rows[part] < 0 ? nil : Int(fromSource[rows[part] * ranks + source])
  }

  /// `[ranks]` visits that each rank is due; see `SourceShares` for what it gets of them.
  public var rankLoads: [Int] {
    var loads = Array(repeating: 0, count: ranks)
    for part in parts { loads[part.rank] += part.visits }
    return loads
  }

  /// The parts that are not at home, in their order: every one an expert whose weights its rank fetches.
  public func fetches(homeExperts: Int) -> [ExactPart] { parts.filter { $0.rank != $0.expert / homeExperts } }

  /// - Parameters:
  ///   - parts: by expert, each expert's together, with visits above 0.
  ///   - share: fills `[parts][ranks]` of an expert with several parts, zeros from a place on; see `SourceShares`.
  init(
    _ parts: [ExactPart], of visits: LayerVisits, order: Order,
    share: (ArraySlice<ExactPart>, LayerVisits, inout [Int32], Int) -> Void
  ) {
    var firstPart = Array(repeating: 0, count: visits.experts + 1)
    for part in parts { firstPart[part.expert + 1] += 1 }
    for expert in 0..<visits.experts { firstPart[expert + 1] += firstPart[expert] }
    var rows = Array(repeating: -1, count: parts.count)
    var row = 0
    for place in parts.indices {
      let expert = parts[place].expert
      guard firstPart[expert + 1] - firstPart[expert] > 1 else { continue }
      rows[place] = row
      row += 1
    }
    var fromSource = [Int32](repeating: 0, count: row * visits.ranks)
    for expert in 0..<visits.experts where firstPart[expert + 1] - firstPart[expert] > 1 {
      let places = firstPart[expert]..<firstPart[expert + 1]
      share(parts[places], visits, &fromSource, rows[places.lowerBound] * visits.ranks)
    }
    ranks = visits.ranks
    self.parts = parts
    self.firstPart = firstPart
    self.rows = rows
    self.fromSource = fromSource
    self.order = order
  }
}
