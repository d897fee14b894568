import PerformanceModel

extension LayerReplay {
  /// The layer replayed last, rank by rank on one of the machines.
  ///
  /// - Parameters:
  ///   - outcome: as `price` gave it.
  ///   - isMoving: whether experts are on their way meanwhile.
  func ranks(
    of outcome: LayerOutcome, slotsPerRank: Int, machine: Int, isMoving: Bool
  ) -> [StepTimeline.Rank] {
    let prices = machines[machine].pricing(whileMoving: isMoving).prices(isDecode: outcome.isDecode)
    let count = setting.cluster.ranks
    let times = prices.allToAll.knownRankTimes(of: traffic, payload: prices.payload)
    let experts = prices.compute.map { [slotTokens, shared, alive] compute in
      alive.spread(
        compute.rankTimes(
          slotTokens: slotTokens.span, slotsPerRank: slotsPerRank,
          tokensPerRank: outcome.tokens / Double(alive.count),
          arrived: compute.countsTokens ? alive.gathered(traffic.arrivedTokens(share: 1)) : nil,
          shared: shared?.tokens(share: 1), dispatch: outcome.time.dispatch, isDecode: outcome.isDecode))
    }
    let hops = prices.allToAll.hops(of: traffic, copies: prices.cluster.copies)
    let back = prices.payload.combineBytes ?? 0
    return (0..<count).map { rank in
      var (sent, received) = (0.0, 0.0)
      for other in 0..<count where other != rank {
        sent += hops[rank * count + other]
        received += hops[other * count + rank]
      }
      return StepTimeline.Rank(
        dispatch: Self.time(times?.dispatch[rank], within: outcome.time.dispatch),
        experts: Self.time(experts?[rank] ?? 0, within: outcome.time.experts),
        combine: Self.time(times?.combine[rank], within: outcome.time.combine), visits: rankTokens[rank],
        sentBytes: sent * prices.payload.dispatchBytes, receivedBytes: received * prices.payload.dispatchBytes,
        returnedBytes: received * back, regainedBytes: sent * back)
    }
  }

  /// A rank's time; that of the last one exactly where sums in another order differ in their last digits.
  private static func time(_ time: Double?, within longest: Double) -> Double {
    guard let time, time < longest * (1 - 1e-12) else { return longest }
    return time
  }
}
