/// Searches the lowest level of one domain for `QuotaPlanner`, in whose words the steps are.
struct QuotaSearch {
  private let planner: QuotaPlanner
  private let first: Int
  /// `[ranks]` of the domain.
  private let homeLoads: [Int]
  /// `[ranks]` experts at home on each, most visits first, ties by the lowest id.
  private let ordered: [[Int]]
  /// Ranks of the domain, most loaded home first, ties by the lowest.
  private let sources: [Int]
  private let totals: [Int]

  init(_ visits: LayerVisits, ranks: Range<Int>, by planner: QuotaPlanner) {
    self.planner = planner
    first = ranks.lowerBound
    totals = visits.totals
    let totals = visits.totals
    let loads = Array(visits.homeLoads[ranks])
    homeLoads = loads
    sources = loads.indices.sorted { loads[$0] != loads[$1] ? loads[$0] > loads[$1] : $0 < $1 }
    ordered = ranks.map { rank in
      visits.experts(atHomeOn: rank).sorted { totals[$0] != totals[$1] ? totals[$0] > totals[$1] : $0 < $1 }
    }
  }

  /// The first of three levels just above the least that can be had with copies of any size, else the least itself, else
  /// the least that five-way search finds with copies of the minimum.
  func level() -> QuotaLevel {
    let mean = Double(homeLoads.reduce(0, +)) / Double(homeLoads.count)
    let least = Int((mean * max(planner.threshold, 1)).rounded(.up))
    let most = max(homeLoads.max() ?? 0, least)
    let start = Int((Double(least) * (1 + planner.eps)).rounded(.up))
    let step = (most + 99) / 100
    for place in 0..<3 {
      let level = min(start + place * step, most)
      if let parts = parts(level: level, minimum: nil) { return QuotaLevel(level: level, origin: .fast, parts: parts) }
    }
    if let parts = parts(level: least, minimum: planner.minimumTokens) {
      return QuotaLevel(level: least, origin: .bound, parts: parts)
    }
    return search(above: least, to: most)
  }

  private func search(above least: Int, to most: Int) -> QuotaLevel {
    var (low, high) = (least, most)
    var best = parts(level: most, minimum: planner.minimumTokens) ?? []
    while high - low > 1 {
      let probes = high - low <= 5 ? Array(low + 1..<high) : (1...4).map { low + (high - low) * $0 / 5 }
      var found: Int?
      for probe in probes {
        guard let parts = parts(level: probe, minimum: planner.minimumTokens) else {
          low = probe
          continue
        }
        (found, best) = (probe, parts)
        break
      }
      if let found { high = found }
    }
    return QuotaLevel(level: high, origin: .search, parts: best)
  }

  /// The parts that bring every rank down to `level`; nil if they cannot be had.
  ///
  /// - Parameter minimum: visits of a part; nil for what the ranks that are open would take each.
  private func parts(level: Int, minimum: Int?) -> [ExactPart]? {
    var slack = homeLoads.map { max(level - $0, 0) }
    var free = Array(repeating: planner.redundantSlotsPerRank, count: homeLoads.count)
    var holder = Array(repeating: -1, count: homeLoads.count)
    var parts: [ExactPart] = []
    for source in sources {
      var need = homeLoads[source] - level
      guard need > 0 else { break }
      for expert in ordered[source] where need > 0 {
        var available = totals[expert] - 1
        while need > 0, available > 0 {
          var open = 0
          var best = -1
          for rank in slack.indices where slack[rank] > 0 && free[rank] > 0 && holder[rank] != expert {
            open += 1
            if best < 0 || slack[rank] > slack[best] { best = rank }
          }
          guard best >= 0 else { break }
          let floor = minimum ?? max(1, (need + open - 1) / open)
          let taken = min(need, slack[best], available)
          guard taken >= floor else { break }
          parts.append(ExactPart(expert: expert, rank: first + best, visits: taken))
          slack[best] -= taken
          free[best] -= 1
          holder[best] = expert
          need -= taken
          available -= taken
        }
      }
      if need > 0 { return nil }
    }
    return parts
  }
}
