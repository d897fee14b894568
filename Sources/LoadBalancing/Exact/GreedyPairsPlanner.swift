import Diagnostics

/// HarMoEny's scheduler: while a rank is above the mean, the greatest expert on the most loaded one moves to the least
/// loaded one, source by source, if that is worth fetching it.
///
/// Source: sacs-epfl/HarMoEny, src/harmonymoe/scheduler.py (`schedule_harmony`), 563b5a6d.
///
/// - Complexity: O(moves · (ranks + experts)), after O(ranks · experts).
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

  /// Where an expert is computed away from home.
  private struct Place {
    var expert: Int
    /// Summed over sources.
    var visits: Int
    /// `[ranks]` of each source.
    var fromSource: [Int]
  }

  public func plan(_ visits: LayerVisits, ranksPerNode: Int) -> ExactPlan {
    let places = places(visits)
    var parts: [ExactPart] = []
    var sources: [[Int]] = []
    var byExpert: [[(rank: Int, place: Place)]] = Array(repeating: [], count: visits.experts)
    for rank in places.indices {
      for place in places[rank] where place.visits > 0 { byExpert[place.expert].append((rank, place)) }
    }
    for expert in 0..<visits.experts {
      for (rank, place) in byExpert[expert] {
        parts.append(ExactPart(expert: expert, rank: rank, visits: place.visits))
        if byExpert[expert].count > 1 { sources.append(place.fromSource) }
      }
    }
    var next = 0
    return ExactPlan(parts, of: visits, order: .consecutive) { parts, _, shares in
      for _ in parts {
        shares += sources[next]
        next += 1
      }
    }
  }

  /// `[ranks]` what each computes.
  private func places(_ visits: LayerVisits) -> [[Place]] {
    var loads = visits.homeLoads
    let mean = loads.reduce(0, +) / visits.ranks
    var places: [[Place]] = (0..<visits.ranks).map { rank in
      visits.experts(atHomeOn: rank).map { expert in
        Place(
          expert: expert, visits: visits.totals[expert],
          fromSource: (0..<visits.ranks).map { visits.count(from: $0, ofExpert: expert) })
      }
    }
    while true {
      let (most, least) = (loads.indexOfGreatest, loads.indexOfLeast)
      guard loads[most] > mean, most != least, loads[least] + worthwhileTokens <= mean else { return places }
      guard let greatest = greatest(of: places[most]), places[most][greatest].visits >= worthwhileTokens else {
        return places
      }
      let expert = places[most][greatest].expert
      let goal =
        places[least].firstIndex { $0.expert == expert }
        ?? {
          places[least].append(Place(expert: expert, visits: 0, fromSource: Array(repeating: 0, count: visits.ranks)))
          return places[least].count - 1
        }()
      while loads[most] > mean, loads[least] < mean {
        let source = places[most][greatest].fromSource.indexOfGreatest
        let moved = min(places[most][greatest].fromSource[source], mean - loads[least])
        guard moved > 0 else { break }
        places[most][greatest].fromSource[source] -= moved
        places[most][greatest].visits -= moved
        places[least][goal].fromSource[source] += moved
        places[least][goal].visits += moved
        loads[most] -= moved
        loads[least] += moved
      }
    }
  }

  /// The first place of the expert with most visits, ties by the lowest id.
  private func greatest(of places: [Place]) -> Int? {
    places.indices.max {
      places[$0].visits != places[$1].visits
        ? places[$0].visits < places[$1].visits : places[$0].expert > places[$1].expert
    }
  }
}
