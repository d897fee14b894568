import Diagnostics

/// HarMoEny's scheduler: while a rank is above the mean, the greatest expert on the most loaded one moves to the least
/// loaded one, source by source, if that is worth fetching it.
///
/// Source: sacs-epfl/HarMoEny, src/harmonymoe/scheduler.py (`schedule_harmony`), 563b5a6d.
///
/// - Complexity: O(moves · (experts + ranks · log visits)), after O(ranks · experts).
public struct GreedyPairsPlanner: ExactPlanner {
  /// Visits that an expert is moved for, at least.
  public var worthwhileTokens: Int
  public let fetching: WeightFetching

  /// - Parameter fetching: HarMoEny's weights lie in host memory; 55 GB/s is a PCIe 5.0 port of 16 lanes, 64 GB/s, less
  ///   its overhead.
  public init(worthwhileTokens: Int = 150, fetching: WeightFetching = .fromHost(bandwidth: 55e3)) {
    self.worthwhileTokens = worthwhileTokens
    self.fetching = fetching
  }

  /// Keys `worthwhileTokens`, `weights` (`host` or `home`), and `hostBandwidth` for the former.
  init(settings: Settings) throws(InputError) {
    let tokens = try settings.optionalInteger("worthwhileTokens", in: 1...1_000_000_000) ?? 150
    let isHome = settings.contains("weights") ? try settings.choice("weights", of: ["host", "home"]) == "home" : false
    let bandwidth = try settings.optionalBandwidth("hostBandwidth")
    if isHome, bandwidth != nil {
      throw settings.error("weights: home are fetched over the cluster's links", at: "hostBandwidth")
    }
    self.init(
      worthwhileTokens: tokens, fetching: isHome ? .fromHome : .fromHost(bandwidth: bandwidth ?? 55e3))
  }

  public func arrivalSlots(homeExperts: Int) -> Int? { nil }

  /// Where an expert is computed, one number after another.
  private struct Places {
    /// `[ranks]` numbers of its places.
    var onRank: [[Int]]
    /// `[places]`.
    var expert: [Int]
    var visits: [Int]
    /// `[places][ranks]` of each source; empty for an expert that is all at home.
    var fromSource: [[Int]]

    /// All at home, an expert's place has its number.
    init(_ visits: LayerVisits) {
      onRank = (0..<visits.ranks).map { Array(visits.experts(atHomeOn: $0)) }
      expert = Array(0..<visits.experts)
      self.visits = visits.totals
      fromSource = Array(repeating: [], count: visits.experts)
    }

    /// The expert's place on a rank, which has no visits where it is new.
    mutating func place(of id: Int, on rank: Int) -> Int {
      if let place = onRank[rank].first(where: { expert[$0] == id }) { return place }
      onRank[rank].append(expert.count)
      expert.append(id)
      visits.append(0)
      fromSource.append(Array(repeating: 0, count: onRank.count))
      return expert.count - 1
    }

    /// The place on a rank with most visits, ties by the lowest id.
    func greatest(on rank: Int) -> Int? {
      onRank[rank].max { visits[$0] != visits[$1] ? visits[$0] < visits[$1] : expert[$0] > expert[$1] }
    }
  }

  public func plan(_ visits: LayerVisits, ranksPerNode: Int) -> ExactPlan {
    let places = places(visits)
    var byExpert: [[(rank: Int, place: Int)]] = Array(repeating: [], count: visits.experts)
    for (rank, held) in places.onRank.enumerated() {
      for place in held where places.visits[place] > 0 { byExpert[places.expert[place]].append((rank, place)) }
    }
    let parts = byExpert.enumerated().flatMap { expert, held in
      held.map { ExactPart(expert: expert, rank: $0.rank, visits: places.visits[$0.place]) }
    }
    return ExactPlan(parts, of: visits, order: .consecutive) { parts, visits, shares, first in
      var row = first
      for (_, place) in byExpert[parts[parts.startIndex].expert] {
        shares.replaceSubrange(row..<row + visits.ranks, with: places.fromSource[place].lazy.map { Int32($0) })
        row += visits.ranks
      }
    }
  }

  private func places(_ visits: LayerVisits) -> Places {
    var loads = visits.homeLoads
    let mean = loads.reduce(0, +) / visits.ranks
    var places = Places(visits)
    while true {
      let (most, least) = (loads.indexOfGreatest, loads.indexOfLeast)
      guard loads[most] > mean, most != least, loads[least] + worthwhileTokens <= mean else { return places }
      guard let greatest = places.greatest(on: most), places.visits[greatest] >= worthwhileTokens else { return places }
      let expert = places.expert[greatest]
      let goal = places.place(of: expert, on: least)
      if places.fromSource[greatest].isEmpty {
        places.fromSource[greatest] = (0..<visits.ranks).map { visits.count(from: $0, ofExpert: expert) }
      }
      var (from, to): ([Int], [Int]) = ([], [])
      swap(&from, &places.fromSource[greatest])
      swap(&to, &places.fromSource[goal])
      let moved = from.moveGreatest(to: &to, until: loads[most] - mean, atMost: mean - loads[least])
      swap(&from, &places.fromSource[greatest])
      swap(&to, &places.fromSource[goal])
      places.visits[greatest] -= moved
      places.visits[goal] += moved
      loads[most] -= moved
      loads[least] += moved
    }
  }
}
